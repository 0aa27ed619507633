import { wipe } from '@cairn/crypto';
import { assert, CairnError, equalBytes } from '@cairn/primitives';
import type { IndexedNoncePoints, KeyShare, NoncePoints, SessionParameters } from './threshold-scheme.ts';

/** The secret scalars behind one commitment, 32 bytes each. */
export interface NonceScalars {
  readonly hiding: Uint8Array;
  readonly binding: Uint8Array;
}

/**
 * One nonce, good for one share. Not serialisable on purpose: nonces are never written to disk (protocol section 5.2).
 */
export class SecretNonces {
  readonly commitment: NoncePoints;
  #scalars: NonceScalars | undefined;

  /** Takes the scalars over: they are wiped here. */
  constructor(scalars: NonceScalars, commitment: NoncePoints) {
    this.#scalars = scalars;
    this.commitment = commitment;
  }

  get isSpent(): boolean {
    return this.#scalars === undefined;
  }

  /**
   * Hands the scalars out, once: they are wiped when `use` returns, also by throwing.
   * @throws THRESHOLD_NONCE_SPENT the second time.
   */
  spend<T>(use: (scalars: NonceScalars) => T): T {
    const scalars = this.#scalars;
    if (scalars === undefined) throw new CairnError('THRESHOLD_NONCE_SPENT', 'this nonce was used or destroyed');
    this.#scalars = undefined;
    try {
      return use(scalars);
    } finally {
      wipe(scalars.hiding);
      wipe(scalars.binding);
    }
  }

  /** Makes the nonce unusable. Does nothing the second time. */
  destroy(): void {
    if (this.#scalars !== undefined) this.spend(() => {});
  }
}

/**
 * What every scheme checks before a nonce is spent.
 * @throws THRESHOLD_KEY_MISMATCH, THRESHOLD_COMMITMENT_MISMATCH, THRESHOLD_NONCE_SPENT.
 */
export function checkSigner(parameters: SessionParameters, keyShare: KeyShare, nonces: SecretNonces): void {
  const { index, groupKey } = keyShare;
  if (groupKey !== parameters.groupKey) {
    throw new CairnError('THRESHOLD_KEY_MISMATCH', 'the key share belongs to another group key', { index });
  }
  if (nonces.isSpent) throw new CairnError('THRESHOLD_NONCE_SPENT', 'this nonce was used or destroyed', { index });
  const own = parameters.commitments.find((commitment) => commitment.index === index);
  if (own === undefined || !equalPoints(own, nonces.commitment)) {
    throw new CairnError('THRESHOLD_COMMITMENT_MISMATCH', 'the session does not name this nonce', { index });
  }
}

/** @throws THRESHOLD_COMMITMENTS_INVALID unless ascending, distinct, and of 32-byte points. */
export function checkCommitments(commitments: readonly IndexedNoncePoints[]): void {
  const isSound =
    commitments.length > 0 &&
    commitments.every(({ index, hiding, binding }, position) => {
      const before = commitments[position - 1]?.index ?? -1;
      return Number.isSafeInteger(index) && index > before && hiding.length === 32 && binding.length === 32;
    });
  if (!isSound) {
    throw new CairnError('THRESHOLD_COMMITMENTS_INVALID', 'not distinct members in index order', {
      count: commitments.length,
    });
  }
}

/** Our own caller gives one share for each member of the session; anything else is a bug. */
export function assertShares(parameters: SessionParameters, shares: readonly { readonly index: number }[]): void {
  const given = new Set(shares.map(({ index }) => index));
  assert(shares.length === parameters.commitments.length && given.size === shares.length, 'one share for each signer');
  assert(
    parameters.commitments.every(({ index }) => given.has(index)),
    'shares of this session only',
  );
}

function equalPoints(a: NoncePoints, b: NoncePoints): boolean {
  return equalBytes(a.hiding, b.hiding) && equalBytes(a.binding, b.binding);
}
