import {
  type Authenticated,
  type Hash,
  type MemberIndex,
  quorumOf,
  toHash,
  toSignature,
  ZERO_HASH,
} from '@cairn/primitives';
import {
  type Block,
  batchesRootOf,
  blockHash,
  type NonceCommitment,
  type PrepareCertificate,
  type PrepareVote,
  type Proposal,
  type SignRequest,
  type TimeoutCertificate,
  type TimeoutVote,
} from '@cairn/protocol';
import { Agreement } from '../agreement.ts';
import { type AgreementEffect, EMPTY_VOTING_RECORD, type VotingEntry, type VotingRecord } from '../effects.ts';
import type { AgreementOptions } from '../options.ts';

/** For tests of one member: messages as the door would let them in, and the effects they have. */
export const HEIGHT = 5;
const SIGNATURE = toSignature('11'.repeat(64));
/** Another one each time: a commitment is good for one session. */
let pointsMade = 0;
function point(): Uint8Array {
  pointsMade += 1;
  return new Uint8Array(32)
    .fill(7)
    .with(0, pointsMade & 255)
    .with(1, pointsMade >> 8);
}

export class OneMember {
  readonly agreement: Agreement;
  readonly effects: AgreementEffect[] = [];

  constructor(options: Partial<AgreementOptions> = {}, record: VotingRecord = EMPTY_VOTING_RECORD) {
    const defaults = {
      self: 3,
      quorum: quorumOf(4),
      epoch: 0,
      height: HEIGHT,
      timing: { viewTimeoutMs: 1000, viewTimeoutMsMax: 8000 },
      // View v is led by member v, for readable tests.
      leaderOf: (view: number) => view % 4,
    };
    this.agreement = new Agreement({ ...defaults, ...options }, record);
    this.settle();
  }

  /** Answers what a host would: nonces at once, every block executes. */
  settle(): void {
    for (let batch = this.agreement.drain(); batch.length > 0; batch = this.agreement.drain()) {
      this.effects.push(...batch);
      for (const effect of batch) {
        if (effect.kind === 'work' && effect.request.kind === 'commit-nonce') {
          const { height, view } = effect.request;
          this.agreement.onSignerResult({ kind: 'nonce', height, view, hiding: point(), binding: point() }, 0);
        }
        if (effect.kind === 'validate') {
          this.agreement.onValidated(effect.hash, { executes: true, isTimely: true, reason: null });
        }
      }
    }
  }

  take(message: Parameters<Agreement['onMessage']>[0] | object): readonly AgreementEffect[] {
    const from = this.effects.length;
    this.agreement.onMessage(message as Parameters<Agreement['onMessage']>[0], 0);
    this.settle();
    return this.effects.slice(from);
  }

  timer(timer: 'view' | 'resend' | 'session'): readonly AgreementEffect[] {
    const from = this.effects.length;
    this.agreement.onTimer(timer, 0);
    this.settle();
    return this.effects.slice(from);
  }

  get journal(): readonly VotingEntry[] {
    return this.effects.flatMap((effect) => (effect.kind === 'journal' ? [effect.entry] : []));
  }
}

/** Kinds of messages among effects, with the views they speak of. */
export function sent(effects: readonly AgreementEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    (effect.kind === 'send' || effect.kind === 'gossip') && effect.message.kind !== 'certified-block'
      ? [`${effect.message.kind}@${effect.message.view}`]
      : [],
  );
}

export function someBlock(label: number, leader: MemberIndex, batchIds: readonly Hash[] = []): Block {
  const hash = toHash(label.toString(16).padStart(64, '0'));
  return {
    header: {
      version: 1,
      networkId: ZERO_HASH,
      height: HEIGHT,
      parentHash: ZERO_HASH,
      parentCertificateHash: ZERO_HASH,
      time: 1000 + label,
      leader,
      epoch: 0,
      batchesRoot: batchesRootOf(batchIds),
      receiptsRoot: hash,
      reportsRoot: hash,
      resultsRoot: hash,
      stateHash: hash,
      previousLogRoot: hash,
      committeeHash: hash,
      epochEnd: null,
    },
    batchIds,
    parentCertificate: null,
  };
}

export function certificate(view: number, hash: Hash): PrepareCertificate {
  const votes = [0, 1, 2].map((member) => ({ member, signature: SIGNATURE }));
  return { epoch: 0, height: HEIGHT, view, blockHash: hash, votes };
}

export function timeoutCertificate(view: number, high: PrepareCertificate | null = null): TimeoutCertificate {
  const votes = [0, 1, 2].map((member) => ({
    member,
    highView: high?.view ?? -1,
    highHash: high?.blockHash ?? ZERO_HASH,
    signature: SIGNATURE,
  }));
  return { epoch: 0, height: HEIGHT, view, votes, highCertificate: high };
}

export function proposal(
  view: number,
  block: Block,
  timeout: TimeoutCertificate | null = null,
): Authenticated<Proposal> {
  const body = { epoch: 0, height: HEIGHT, view, member: view % 4, block, timeoutCertificate: timeout };
  return { kind: 'proposal', ...body, signature: SIGNATURE } as unknown as Authenticated<Proposal>;
}

export function commitment(member: MemberIndex): NonceCommitment {
  return { member, hiding: point(), binding: point(), signature: SIGNATURE };
}

export function prepareVote(view: number, member: MemberIndex, hash: Hash): Authenticated<PrepareVote> {
  const body = { epoch: 0, height: HEIGHT, view, member, blockHash: hash, commitment: commitment(member) };
  return { kind: 'prepare-vote', ...body, signature: SIGNATURE } as unknown as Authenticated<PrepareVote>;
}

export function signRequest(view: number, block: Block, members = [0, 1, 3], session = 0): Authenticated<SignRequest> {
  const hash = blockHash(block);
  const body = { epoch: 0, height: HEIGHT, view, member: view % 4, blockHash: hash, session };
  const parts = { commitments: members.map(commitment), certificate: certificate(view, hash), signature: SIGNATURE };
  return { kind: 'sign-request', ...body, ...parts } as unknown as Authenticated<SignRequest>;
}

export function timeoutVote(
  view: number,
  member: MemberIndex,
  high: PrepareCertificate | null = null,
): Authenticated<TimeoutVote> {
  const entry = view === 0 ? null : { kind: 'timeout' as const, certificate: timeoutCertificate(view - 1) };
  const named = { highView: high?.view ?? -1, highHash: high?.blockHash ?? ZERO_HASH, highCertificate: high };
  const body = { epoch: 0, height: HEIGHT, view, member, entry, missingBatches: [], ...named };
  return { kind: 'timeout-vote', ...body, signature: SIGNATURE } as unknown as Authenticated<TimeoutVote>;
}
