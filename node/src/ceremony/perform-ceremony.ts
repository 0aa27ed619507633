import { createSigner, type KeyPair, wipe } from '@cairn/crypto';
import { randomBytes } from '@cairn/crypto/random';
import { CairnError, type MemberIndex, quorumOf } from '@cairn/primitives';
import { ceremonyId, type Genesis, type GenesisDraft, networkIdOf } from '@cairn/protocol';
import { type DkgContext, DkgMachine, type DkgResult, dealingRandomBytes, encodeDkgMessage } from '@cairn/threshold';
import type { Progress } from '../commands/progress.ts';
import { type MemberFiles, memberIndexOf } from '../config/member-files.ts';
import { CeremonyFiles } from './ceremony-files.ts';
import { type CeremonyPhase, runCeremony } from './ceremony-host.ts';

export interface CeremonyOptions {
  readonly listen: readonly string[];
  readonly peerAddresses: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** Counts the attempts over one draft: each deals afresh, under an id of its own. */
  readonly run: number;
  readonly isRehearsal: boolean;
}

export interface CeremonyDependencies {
  readonly files: MemberFiles;
  readonly identity: KeyPair;
  readonly passphrase: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Whoever was restarted in the last phase gets the certificate from those who have it. */
const LINGER_MS = 120_000;

/** Whose ceremony it is, from the draft: equal on all members who hold the same draft. */
export function ceremonyContext(
  draft: GenesisDraft,
  { run, isRehearsal }: Pick<CeremonyOptions, 'run' | 'isRehearsal'>,
): DkgContext {
  return {
    ceremonyId: ceremonyId(draft, run, isRehearsal),
    members: draft.members.map(({ identityKey }) => identityKey),
    threshold: quorumOf(draft.members.length).certified,
  };
}

/** The final document: what the draft says, and what the ceremony made. */
export function genesisOf(draft: GenesisDraft, result: DkgResult): Genesis {
  const { context, keySet, transcriptHash } = result;
  const { groupKey, verificationShares } = keySet;
  return { ...draft, ceremonyId: context.ceremonyId, transcriptHash, groupKey, verificationShares };
}

/**
 * Generates the group key with the other members of the draft, and writes genesis document and key share.
 * @throws CONFIG_FILE_EXISTS_INVALID when there is a genesis document already; CEREMONY_RUN_INVALID, CEREMONY_ABORTED_INVALID,
 * CEREMONY_MEMBER_MISSING, CEREMONY_STOPPED_INVALID, NODE_IDENTITY_MISMATCH, NETWORK_*, STORAGE_*
 */
export async function performCeremony(options: CeremonyOptions, dependencies: CeremonyDependencies): Promise<Genesis> {
  const { files, identity, passphrase, progress, signal } = dependencies;
  if (files.hasGenesis()) {
    throw new CairnError(
      'CONFIG_FILE_EXISTS_INVALID',
      `${files.genesisPath} is already there: this member has its key`,
    );
  }
  const draft = files.readDraft();
  const index = memberIndexOf(draft.members, identity.publicKey);
  const context = ceremonyContext(draft, options);
  const kept = new CeremonyFiles(files, { ceremonyId: context.ceremonyId, index, passphrase });
  const confirmed = kept.loadConfirmed(context);
  if (confirmed === null && kept.hasBegun()) {
    const message = `run ${options.run} was begun here before and did not come to a confirmation`;
    throw new CairnError('CEREMONY_RUN_INVALID', message, { run: options.run });
  }
  const { threshold, members } = context;
  const facts = { ceremonyId: context.ceremonyId, run: options.run, isRehearsal: options.isRehearsal, member: index };
  progress.tell(
    'ceremony',
    { ...facts, members: members.length, threshold },
    `ceremony ${context.ceremonyId} (run ${options.run}): member ${index} of ${members.length}, ${threshold} will sign together\n` +
      '  all members must see the same ceremony id',
  );
  const ended = await runCeremony(
    { ...options, draft, context, index, identitySeed: identity.secretSeed, lingerMs: LINGER_MS },
    {
      signal,
      confirmed,
      begin: () => {
        kept.begin();
        return newMachine(context, index, identity);
      },
      saveConfirmed: (share) => kept.saveConfirmed(share),
      onPhase: (phase) => tellPhase(progress, draft, phase),
      onLive: (result) => kept.finish(genesisOf(draft, result), result),
    },
  );
  if (ended.kind !== 'live') throw failureOf(draft, ended);
  const genesis = genesisOf(draft, ended.result);
  wipe(ended.result.keyShare.secretShare);
  const { groupKey, transcriptHash } = genesis;
  const networkId = networkIdOf(genesis);
  progress.tell(
    'live',
    { networkId, groupKey, transcriptHash, genesis: files.genesisPath, certificate: kept.certificatePath },
    `the key is live: network ${networkId}\n  group key ${groupKey}\n  ${files.genesisPath} is written`,
  );
  return genesis;
}

function newMachine(context: DkgContext, index: MemberIndex, identity: KeyPair): DkgMachine {
  const signer = createSigner(identity.secretSeed);
  const random = randomBytes(dealingRandomBytes(context.threshold));
  return new DkgMachine({ ...context, index }, { random, sign: (bytes) => signer.sign(bytes) });
}

const SENTENCES = {
  dealt: 'dealt: waiting for the dealings of all',
  shared: 'shared: waiting for the shares of all',
  confirmed: 'confirmed: waiting for the confirmations of all',
  resumed: 'confirmed before: asking for the confirmations of all',
} as const;

function tellPhase(progress: Progress, draft: GenesisDraft, phase: CeremonyPhase): void {
  switch (phase.phase) {
    case 'connecting': {
      const missing = namesOf(draft, phase.missing);
      const sentence = missing.length === 0 ? 'all members are connected' : `waiting for ${missing.join(', ')}`;
      return progress.tell('phase', { phase: 'connecting', missing }, sentence);
    }
    case 'lingering': {
      const missing = namesOf(draft, phase.missing);
      const sentence = `the key is live here; staying up to two minutes for ${missing.join(', ')} (Ctrl-C is safe)`;
      return progress.tell('phase', { phase: 'lingering', missing }, sentence);
    }
    case 'refused': {
      const [from] = namesOf(draft, [phase.from]);
      const { message, reason } = phase;
      return progress.tell('refused', { from, message, reason }, `refused a ${message} of ${from}: ${reason}`);
    }
    default:
      return progress.tell('phase', { phase: phase.phase }, SENTENCES[phase.phase]);
  }
}

function namesOf(draft: GenesisDraft, members: readonly MemberIndex[]): readonly string[] {
  return members.map((member) => `${draft.members[member]?.name ?? 'member'} (${member})`);
}

type Failure = Exclude<Awaited<ReturnType<typeof runCeremony>>, { kind: 'live' }>;

function failureOf(draft: GenesisDraft, failure: Failure): CairnError {
  if (failure.kind === 'absent') {
    const names = namesOf(draft, failure.members).join(', ');
    const why = failure.dialErrors.length === 0 ? '' : ` [${failure.dialErrors.join('; ')}]`;
    const message = names === '' ? 'nobody gave the certificate in time' : `not connected in time: ${names}${why}`;
    return new CairnError('CEREMONY_MEMBER_MISSING', message, { culprits: failure.members });
  }
  const { reason, culprits, evidence } = failure;
  const names = namesOf(draft, culprits).join(', ');
  const proof = evidence && Buffer.from(encodeDkgMessage({ kind: 'dkg-accusation', evidence })).toString('hex');
  const message =
    reason === 'absent' ? `said nothing in time: ${names}` : `aborted for ${reason.replace('-', ' ')} of ${names}`;
  const meta = { reason, culprits, ...(proof === undefined ? {} : { evidence: proof }) };
  return new CairnError(reason === 'absent' ? 'CEREMONY_MEMBER_MISSING' : 'CEREMONY_ABORTED_INVALID', message, meta);
}
