import { isValidPublicKey, sha256Hash } from '@cairn/crypto';
import { CairnError, type NetworkId, type PublicKey, toHash, toPublicKey } from '@cairn/primitives';
import { decodeGenesis } from '@cairn/protocol';
import type { VerifyErrorCode } from './errors.ts';

/**
 * What a consumer trusts. The network id is the constant; the group key follows from it through the genesis document,
 * whose SHA-256 it is, so the document itself may come from anywhere.
 */
export type Trust =
  | { readonly networkId: NetworkId | string; readonly groupKey: PublicKey | string }
  | { readonly genesis: Uint8Array; readonly networkId?: NetworkId | string };

/** A trust whose parts were checked once: for whoever verifies often. */
export class TrustRoot {
  readonly networkId: NetworkId;
  readonly groupKey: PublicKey;
  /** Known when the trust came with the genesis document. */
  readonly networkName: string | undefined;

  private constructor(fields: { networkId: NetworkId; groupKey: PublicKey; networkName: string | undefined }) {
    this.networkId = fields.networkId;
    this.groupKey = fields.groupKey;
    this.networkName = fields.networkName;
  }

  /** @throws VERIFY_TRUST_INVALID, VERIFY_TRUST_MISMATCH */
  static of(trust: Trust | TrustRoot): TrustRoot {
    if (trust instanceof TrustRoot) return trust;
    const fields = 'genesis' in trust ? fromGenesis(trust.genesis, trust.networkId) : fromKey(trust);
    // A key is checked when it is admitted: a signature under one of small order would prove nothing.
    if (!isValidPublicKey(fields.groupKey)) {
      throw new CairnError<VerifyErrorCode>('VERIFY_TRUST_INVALID', 'the group key is no point of prime order');
    }
    return new TrustRoot(fields);
  }
}

function fromKey(trust: { readonly networkId: string; readonly groupKey: string }) {
  try {
    return { networkId: toHash(trust.networkId), groupKey: toPublicKey(trust.groupKey), networkName: undefined };
  } catch (cause) {
    throw new CairnError<VerifyErrorCode>(
      'VERIFY_TRUST_INVALID',
      'network id and group key are 64 hex digits each',
      {},
      { cause },
    );
  }
}

function fromGenesis(bytes: Uint8Array, expected: string | undefined) {
  const networkId = sha256Hash(bytes);
  if (expected !== undefined && expected !== networkId) {
    throw new CairnError<VerifyErrorCode>('VERIFY_TRUST_MISMATCH', 'the genesis document is of another network', {
      networkId,
    });
  }
  try {
    const { groupKey, networkName } = decodeGenesis(bytes);
    return { networkId, groupKey, networkName };
  } catch (cause) {
    throw new CairnError<VerifyErrorCode>(
      'VERIFY_TRUST_INVALID',
      'not a genesis document',
      { length: bytes.length },
      { cause },
    );
  }
}
