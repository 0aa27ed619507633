import { assertNever, type MemberIndex, type NetworkId, type Signature } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Batch,
  type BatchBody,
  type CertifiedBlock,
  type Credit,
  encodeAgreementMessage,
  sealBatch,
  sealCredit,
  sealMessage,
  type UnsignedAgreement,
} from '@cairn/protocol';
import type { Outbound, WorkRequest } from '@cairn/replica';
import type { Sending } from '../threads/thread-messages.ts';
import { PeerBudget } from './peer-budget.ts';

export interface OutboxOptions {
  readonly self: MemberIndex;
  readonly networkId: NetworkId;
}

export interface OutboxDependencies {
  /** The identity key. */
  readonly sign: (bytes: Uint8Array) => Signature;
  /** Whether nothing of this height may be said. */
  readonly isSilentAt: (height: number) => boolean;
  readonly certifiedBlock: (height: number) => CertifiedBlock | null;
  readonly now: () => number;
}

/** Certified blocks sent to one member that speaks of earlier heights; after that it has to ask for ranges. */
const CERTIFIED_PER_SECOND = 20;

/** Seals what the replica sends, and says what of it comes back to the replica itself. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #dependencies: OutboxDependencies;
  readonly #budget: PeerBudget;

  constructor(options: OutboxOptions, dependencies: OutboxDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#budget = new PeerBudget({ perSecond: CERTIFIED_PER_SECOND }, { now: dependencies.now });
  }

  sealBatch(body: BatchBody): Batch {
    return sealBatch(body, this.#dependencies.sign);
  }

  /** Signs own votes again. At a height where nothing may be said, an older disk may have voted otherwise. */
  sealCredits({ votes }: Extract<WorkRequest, { kind: 'seal-credits' }>): readonly Credit[] {
    const { isSilentAt, sign } = this.#dependencies;
    return votes
      .filter(({ height }) => !isSilentAt(height))
      .map((vote) => sealCredit(this.#options.networkId, vote, sign));
  }

  /** @returns what leaves, and the member's own copy of a message that is addressed to it too. */
  prepare(outbound: Outbound): { readonly sending: Sending | null; readonly own: AgreementMessage | null } {
    const isAgreement = outbound.kind === 'agreement' || outbound.kind === 'gossip';
    if (isAgreement && 'height' in outbound.message && this.#dependencies.isSilentAt(outbound.message.height)) {
      return { sending: null, own: null };
    }
    switch (outbound.kind) {
      case 'agreement': {
        const message = this.#seal(outbound.message);
        const others = outbound.to.filter((member) => member !== this.#options.self);
        const own = others.length < outbound.to.length ? message : null;
        if (others.length === 0) return { sending: null, own };
        return {
          sending: { kind: 'direct', to: others, message: message.kind, bytes: encodeAgreementMessage(message) },
          own,
        };
      }
      case 'gossip': {
        const message = this.#seal(outbound.message);
        const isCertified = message.kind === 'certified-block';
        const topic = isCertified ? 'certified' : 'proposal';
        const sending = { kind: 'gossip', topic, bytes: encodeAgreementMessage(message) } as const;
        // The replica has committed its certified block before it sends it.
        return { sending, own: isCertified ? null : message };
      }
      case 'batch':
        return { sending: { kind: 'gossip', topic: 'batch', bytes: outbound.batch.bytes }, own: null };
      case 'fetch-batches':
      case 'fetch-block':
      case 'fetch-certified':
        return { sending: { kind: 'fetch', fetch: outbound }, own: null };
      case 'send-certified':
        return { sending: this.#certified(outbound.to, outbound.height), own: null };
      default:
        return assertNever(outbound);
    }
  }

  #seal(message: UnsignedAgreement): AgreementMessage {
    return sealMessage(this.#options.networkId, message, this.#dependencies.sign);
  }

  /** "A message for an earlier height is answered (rate limited per peer) with that height's certified block" (5.7). */
  #certified(to: MemberIndex, height: number): Sending | null {
    if (!this.#budget.take(to)) return null;
    const certified = this.#dependencies.certifiedBlock(height);
    if (certified === null) return null;
    const message = { kind: 'certified-block', certified } as const;
    return { kind: 'direct', to: [to], message: message.kind, bytes: encodeAgreementMessage(message) };
  }
}
