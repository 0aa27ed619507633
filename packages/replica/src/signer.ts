import type { CommitmentPoints, ForkRule, SignerRequest, SignerResult } from '@cairn/consensus';
import { assert, type Hash, type PublicKey, toHex } from '@cairn/primitives';
import type { NonceCommitment } from '@cairn/protocol';
import type { KeyShare, SecretNonces, SigningSession, ThresholdScheme } from '@cairn/threshold';

export interface SignerOptions {
  readonly keyShare: KeyShare;
  /** Of the whole committee, by index, to name culprits. */
  readonly verificationShares: readonly PublicKey[];
  /** Only the simulator takes rules out. */
  readonly without?: ReadonlySet<ForkRule>;
}

export interface SignerDependencies {
  readonly scheme: ThresholdScheme;
  readonly randomBytes: (length: number) => Uint8Array;
}

interface HeldNonce {
  readonly height: number;
  readonly view: number;
  readonly nonces: SecretNonces;
}

/** A replica uses one or two at a time; more than this means that it lost count, and the oldest die. */
const HELD_NONCES_MAX = 64;
const SESSIONS_MAX = 8;

/**
 * The keeper of the key share and of secret nonces, behind `work`. Nonces live in memory only and die when used, when
 * their view or height is left, and with the process: a nonce is never used twice, whatever crashes.
 */
export class Signer {
  readonly #options: SignerOptions;
  readonly #dependencies: SignerDependencies;
  /** By the public points, in order of creation. */
  readonly #held = new Map<string, HeldNonce>();
  readonly #sessions = new Map<Hash, SigningSession>();

  constructor(options: SignerOptions, dependencies: SignerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get heldNonceCount(): number {
    return this.#held.size;
  }

  /** @returns the result, or null for requests that have none. */
  handle(request: SignerRequest): SignerResult | null {
    switch (request.kind) {
      case 'commit-nonce': {
        const points = this.#commit(request);
        return { kind: 'nonce', height: request.height, view: request.view, ...points };
      }
      case 'destroy-nonces':
        this.#destroy(request);
        return null;
      case 'sign':
        return this.#sign(request);
      case 'aggregate':
        return this.#aggregate(request);
    }
  }

  #commit(at: { readonly height: number; readonly view: number }): CommitmentPoints {
    const { nonces, commitment } = this.#dependencies.scheme.commitNonce(
      this.#options.keyShare,
      this.#dependencies.randomBytes(64),
    );
    if (this.#held.size >= HELD_NONCES_MAX) {
      const oldest = this.#held.keys().next().value as string;
      this.#held.get(oldest)?.nonces.destroy();
      this.#held.delete(oldest);
    }
    this.#held.set(keyOf(commitment), { height: at.height, view: at.view, nonces });
    return commitment;
  }

  #destroy(upTo: { readonly height: number; readonly view: number }): void {
    for (const [key, held] of this.#held) {
      const isDead = held.height < upTo.height || (held.height === upTo.height && this.#dies(held.view, upTo.view));
      if (!isDead) continue;
      held.nonces.destroy();
      this.#held.delete(key);
    }
    this.#sessions.clear();
  }

  #dies(heldView: number, leftView: number): boolean {
    return heldView <= leftView && this.#options.without?.has('nonce-of-its-view') !== true;
  }

  #isOfView(heldView: number, view: number): boolean {
    return heldView === view || this.#options.without?.has('nonce-of-its-view') === true;
  }

  #sign(work: Extract<SignerRequest, { kind: 'sign' }>): SignerResult {
    const { request, requestHash } = work;
    const own = request.commitments.find(({ member }) => member === this.#options.keyShare.index);
    assert(own !== undefined, 'the replica asks only for sessions that name it');
    const key = keyOf(own);
    const held = this.#held.get(key);
    // A NonceCommitment is good for its height and view only [fork].
    const isAlive = held !== undefined && held.height === request.height && this.#isOfView(held.view, request.view);
    if (!isAlive) return { kind: 'unknown-nonce', requestHash, fresh: this.#commit(request) };
    this.#held.delete(key);
    const session = this.#session(requestHash, work.text, request.commitments);
    const z = session.signShare(this.#options.keyShare, held.nonces);
    return { kind: 'share', requestHash, z, next: this.#commit(request) };
  }

  #aggregate(work: Extract<SignerRequest, { kind: 'aggregate' }>): SignerResult {
    const session = this.#session(work.requestHash, work.text, work.request.commitments);
    const shares = work.shares.map(({ member, z }) => ({ index: member, z }));
    const result = session.aggregate(shares, this.#options.verificationShares);
    const { requestHash } = work;
    return result.kind === 'signed'
      ? { kind: 'aggregated', requestHash, signature: result.signature }
      : { kind: 'culprits', requestHash, members: result.culprits };
  }

  /** A leader signs and aggregates in the same session: what both share is computed once. */
  #session(requestHash: Hash, message: Uint8Array, commitments: readonly NonceCommitment[]): SigningSession {
    const known = this.#sessions.get(requestHash);
    if (known !== undefined) return known;
    const session = this.#dependencies.scheme.createSession({
      message,
      groupKey: this.#options.keyShare.groupKey,
      commitments: commitments.map(({ member, hiding, binding }) => ({ index: member, hiding, binding })),
    });
    if (this.#sessions.size >= SESSIONS_MAX) this.#sessions.delete(this.#sessions.keys().next().value as Hash);
    this.#sessions.set(requestHash, session);
    return session;
  }
}

function keyOf(points: CommitmentPoints): string {
  return toHex(points.hiding) + toHex(points.binding);
}
