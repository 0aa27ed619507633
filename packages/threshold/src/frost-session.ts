import { verifySignature } from '@cairn/crypto';
import {
  decodeScalar,
  GROUP_ORDER,
  type GroupArithmetic,
  identityPoint,
  type PointBytes,
  scalarFromBytes,
  scalarToBytes,
} from '@cairn/crypto/group';
import {
  concatBytes,
  equalBytes,
  fromHex,
  hasCode,
  type MemberIndex,
  type PublicKey,
  toSignature,
} from '@cairn/primitives';
import { hashCommitments, hashMessage, hashToBindingFactor, hashToChallenge } from './frost-hash.ts';
import { identifierOf, interpolatingValue } from './polynomial.ts';
import { assertShares, checkCommitments, checkSigner, type SecretNonces } from './secret-nonces.ts';
import type { AggregateResult, IndexedShare, KeyShare, SessionParameters, SigningSession } from './threshold-scheme.ts';

/** What a session knows of one signer. */
interface SignerPart {
  /** rho of RFC 9591 section 4.4. */
  readonly bindingFactor: bigint;
  /** D + rho * E: the signer's part of the group commitment. */
  readonly commitment: PointBytes;
}

/**
 * A FROST session, RFC 9591 sections 4 and 5. Binding factors, group commitment and challenge are computed once, by
 * whoever opens it; a share then costs no point arithmetic at all, and checking one costs two multiplications.
 */
export class FrostSession implements SigningSession {
  readonly parameters: SessionParameters;
  readonly #arithmetic: GroupArithmetic;
  readonly #parts: ReadonlyMap<MemberIndex, SignerPart>;
  readonly #groupCommitment: PointBytes;
  readonly #challenge: bigint;
  readonly #lambdas = new Map<MemberIndex, bigint>();

  /** @throws THRESHOLD_COMMITMENTS_INVALID; CRYPTO_POINT_INVALID for a point that was not checked on arrival. */
  constructor(parameters: SessionParameters, dependencies: { readonly arithmetic: GroupArithmetic }) {
    checkCommitments(parameters.commitments);
    this.parameters = parameters;
    this.#arithmetic = dependencies.arithmetic;
    this.#parts = signerParts(parameters, this.#arithmetic);
    this.#groupCommitment = [...this.#parts.values()].reduce(
      (sum, part) => this.#arithmetic.add(sum, part.commitment),
      identityPoint(),
    );
    this.#challenge = hashToChallenge(this.#groupCommitment, fromHex(parameters.groupKey, 32), parameters.message);
  }

  signShare(keyShare: KeyShare, nonces: SecretNonces): Uint8Array {
    checkSigner(this.parameters, keyShare, nonces);
    const { bindingFactor } = this.#parts.get(keyShare.index) as SignerPart;
    const weight = this.#weight(keyShare.index);
    return nonces.spend(({ hiding, binding }) => {
      const nonce = scalarFromBytes(hiding) + scalarFromBytes(binding) * bindingFactor;
      return scalarToBytes((nonce + weight * scalarFromBytes(keyShare.secretShare)) % GROUP_ORDER);
    });
  }

  verifyShare(share: IndexedShare, verificationShare: PublicKey): boolean {
    const part = this.#parts.get(share.index);
    const z = scalarOf(share);
    if (part === undefined || z === undefined) return false;
    const { add, multiply, multiplyBase } = this.#arithmetic;
    const weighted = multiply(fromHex(verificationShare, 32), this.#weight(share.index));
    return equalBytes(multiplyBase(z), add(part.commitment, weighted));
  }

  aggregate(shares: readonly IndexedShare[], verificationShares: readonly PublicKey[]): AggregateResult {
    assertShares(this.parameters, shares);
    const scalars = shares.map(scalarOf);
    if (scalars.every((z) => z !== undefined)) {
      const sum = scalars.reduce((total, z) => total + z, 0n) % GROUP_ORDER;
      const signature = concatBytes(this.#groupCommitment, scalarToBytes(sum));
      if (verifySignature(this.parameters.groupKey, this.parameters.message, signature)) {
        return { kind: 'signed', signature: toSignature(signature) };
      }
    }
    const culprits = shares
      .filter((share) => !this.verifyShare(share, verificationShares[share.index] as PublicKey))
      .map(({ index }) => index)
      .sort((a, b) => a - b);
    return { kind: 'refused', culprits };
  }

  /** lambda_i * challenge: what the secret share is weighted with. */
  #weight(index: MemberIndex): bigint {
    let lambda = this.#lambdas.get(index);
    if (lambda === undefined) {
      lambda = interpolatingValue(index, [...this.#parts.keys()]);
      this.#lambdas.set(index, lambda);
    }
    return (lambda * this.#challenge) % GROUP_ORDER;
  }
}

/** Binding factors (RFC 9591 section 4.4) and each signer's part of the group commitment (section 4.5). */
function signerParts(parameters: SessionParameters, arithmetic: GroupArithmetic): Map<MemberIndex, SignerPart> {
  const { groupKey, message, commitments } = parameters;
  const encoded = commitments.flatMap(({ index, hiding, binding }) => [identifierBytes(index), hiding, binding]);
  const prefix = concatBytes(fromHex(groupKey, 32), hashMessage(message), hashCommitments(...encoded));
  return new Map(
    commitments.map(({ index, hiding, binding }) => {
      const bindingFactor = hashToBindingFactor(prefix, identifierBytes(index));
      return [
        index,
        { bindingFactor, commitment: arithmetic.add(hiding, arithmetic.multiply(binding, bindingFactor)) },
      ];
    }),
  );
}

function identifierBytes(index: MemberIndex): Uint8Array {
  return scalarToBytes(identifierOf(index));
}

function scalarOf(share: IndexedShare): bigint | undefined {
  try {
    return decodeScalar(share.z);
  } catch (error) {
    if (hasCode(error, 'CRYPTO_SCALAR_OUT_OF_RANGE')) return undefined;
    throw error;
  }
}
