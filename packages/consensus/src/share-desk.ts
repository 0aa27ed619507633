import type { Hash, MemberIndex } from '@cairn/primitives';
import type { NonceRefusal, Position, SignatureShare, SignRequest, UnsignedMessage } from '@cairn/protocol';
import { signRequestHash } from '@cairn/protocol';
import type { CommitmentPoints } from './effects.ts';

/** A signer's book of one view: its unused commitment, and the SignRequests it answered. */
export class ShareDesk {
  readonly #self: MemberIndex;
  /** null while the signer works. */
  readonly #shares = new Map<Hash, UnsignedMessage<SignatureShare> | null>();
  /** Not used yet in any session that this member answered. */
  commitment: CommitmentPoints | null = null;
  /** Waits until its block is here and executed. */
  waiting: SignRequest | null = null;

  constructor(self: MemberIndex) {
    this.#self = self;
  }

  /** Another view: nothing of this one counts any more. */
  clear(): void {
    this.#shares.clear();
    this.commitment = null;
    this.waiting = null;
  }

  /** @returns the stored share, null when the signer is at it, undefined for a new request. */
  answerTo(request: SignRequest): UnsignedMessage<SignatureShare> | null | undefined {
    return this.#shares.get(signRequestHash(request));
  }

  /** The waiting request goes to the signer; its nonce is spent from now on. */
  begin(request: SignRequest): Hash {
    const hash = signRequestHash(request);
    this.#shares.set(hash, null);
    this.commitment = null;
    this.waiting = null;
    return hash;
  }

  /** @returns the share to send, or null when nobody waits for it any more. */
  finish(
    requestHash: Hash,
    at: Position,
    made: { readonly z: Uint8Array; readonly next: CommitmentPoints },
  ): UnsignedMessage<SignatureShare> | null {
    if (!this.#shares.has(requestHash)) return null;
    const share = {
      kind: 'signature-share' as const,
      ...at,
      member: this.#self,
      signRequestHash: requestHash,
      z: made.z,
      nextCommitment: { member: this.#self, ...made.next },
    };
    this.commitment = made.next;
    this.#shares.set(requestHash, share);
    return share;
  }

  /** The nonce was dead. @returns the refusal to send, or null when nobody waits for it any more. */
  refuse(requestHash: Hash, at: Position, fresh: CommitmentPoints): UnsignedMessage<NonceRefusal> | null {
    if (!this.#shares.delete(requestHash)) return null;
    this.commitment = fresh;
    const commitment = { member: this.#self, ...fresh };
    return { kind: 'nonce-refusal', ...at, member: this.#self, signRequestHash: requestHash, commitment };
  }
}
