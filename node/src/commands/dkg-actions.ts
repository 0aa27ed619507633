import { wipe } from '@cairn/crypto';
import { CairnError, type Signature } from '@cairn/primitives';
import { networkIdOf } from '@cairn/protocol';
import { completeDkg } from '@cairn/threshold';
import { CeremonyFiles } from '../ceremony/ceremony-files.ts';
import { ceremonyContext, genesisOf, performCeremony } from '../ceremony/perform-ceremony.ts';
import { durationMs } from '../config/duration.ts';
import { MemberFiles, memberIndexOf } from '../config/member-files.ts';
import type { Settings } from '../config/settings.ts';
import { type CommandIo, commandError, EXIT } from './command-io.ts';
import { createProgress } from './progress.ts';
import type { SettingOptions } from './setting-options.ts';
import { stopSignal } from './stop-signal.ts';

/** Options of `cairn dkg run` and of its sisters, where they have them. */
export interface DkgOptions extends SettingOptions {
  readonly run: string;
  readonly rehearsal?: boolean;
  readonly timeout: string;
}

/** Takes part in a ceremony. */
export async function runDkg(settings: Settings, options: DkgOptions, io: CommandIo): Promise<number> {
  const timeoutMs = durationMs(options.timeout);
  if (timeoutMs === undefined) throw commandError('COMMAND_OPTION_INVALID', '--timeout takes a duration such as 5m');
  const files = new MemberFiles(settings);
  const passphrase = files.readPassphrase();
  const identity = files.openIdentity(passphrase);
  const progress = createProgress(io, options.json === true);
  const network = { listen: settings['p2p.listen'], peerAddresses: settings['p2p.peers'] };
  try {
    await performCeremony(
      { ...network, ...attemptOf(options), timeoutMs },
      { files, identity, passphrase, progress, signal: stopSignal() },
    );
  } finally {
    wipe(identity.secretSeed);
  }
  return EXIT.done;
}

/** How far this member is, from its files alone. */
export function tellStatus(settings: Settings, options: DkgOptions, io: CommandIo): number {
  const files = new MemberFiles(settings);
  const facts: Record<string, unknown> = { identityKey: files.identityKeyOrNull(), hasDraft: files.hasDraft() };
  if (files.hasDraft()) {
    const draft = files.readDraft();
    const { ceremonyId } = ceremonyContext(draft, attemptOf(options));
    const place = { ceremonyId, index: 0, passphrase: '' };
    facts.ceremonyId = ceremonyId;
    facts.members = draft.members.map(({ name }) => name);
    facts.hasBegun = new CeremonyFiles(files, place).hasBegun();
    facts.hasConfirmed = new CeremonyFiles(files, place).hasConfirmed();
  }
  facts.isLive = files.hasGenesis();
  if (files.hasGenesis()) {
    const genesis = files.readGenesis();
    facts.networkId = networkIdOf(genesis);
    facts.groupKey = genesis.groupKey;
    facts.hasShare = files.hasShare();
  }
  if (options.json === true) io.out(JSON.stringify(facts));
  else for (const [name, value] of Object.entries(facts)) io.out(`${name.padEnd(14)}${String(value)}`);
  return EXIT.done;
}

/** Finishes with a certificate that another member has. */
export function completeWith(settings: Settings, options: DkgOptions & { certificate: string }, io: CommandIo): number {
  const files = new MemberFiles(settings);
  const passphrase = files.readPassphrase();
  const draft = files.readDraft();
  const context = ceremonyContext(draft, attemptOf(options));
  const index = memberIndexOf(draft.members, files.identityKey());
  const kept = new CeremonyFiles(files, { ceremonyId: context.ceremonyId, index, passphrase });
  const confirmed = kept.loadConfirmed(context);
  if (confirmed === null) {
    throw new CairnError('CEREMONY_RUN_INVALID', 'this member has not confirmed a share in this run', { index });
  }
  const { signatures } = CeremonyFiles.readCertificate(options.certificate);
  const result = completeDkg(confirmed.pending, signatures as readonly Signature[]);
  const genesis = genesisOf(draft, result);
  kept.finish(genesis, result);
  wipe(result.keyShare.secretShare);
  const progress = createProgress(io, options.json === true);
  progress.tell('live', { networkId: networkIdOf(genesis) }, `the key is live: network ${networkIdOf(genesis)}`);
  return EXIT.done;
}

function attemptOf({ run, rehearsal }: DkgOptions): { readonly run: number; readonly isRehearsal: boolean } {
  if (!/^\d{1,6}$/.test(run)) throw commandError('COMMAND_OPTION_INVALID', '--run takes a number from 0 on');
  return { run: Number(run), isRehearsal: rehearsal === true };
}
