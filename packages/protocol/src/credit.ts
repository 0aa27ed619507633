import type { MemberIndex, NetworkId, Signature } from '@cairn/primitives';
import { type BlockStatement, memberIndex, prepareVoteSigningBytes } from './certificate.ts';
import { type Codec, fromBytes, hash, signature, struct, toBytes } from './codec.ts';
import { CREDIT_BYTES_MAX } from './limits.ts';
import { positionFields } from './position.ts';

/** A PrepareVote as it was signed, without the nonce commitment beside it: its member was left out of certificates (5.4). */
export interface Credit extends BlockStatement {
  readonly member: MemberIndex;
  readonly signature: Signature;
}

const creditCodec: Codec<Credit> = struct({ ...positionFields, member: memberIndex, blockHash: hash, signature });

export function encodeCredit(credit: Credit): Uint8Array {
  return toBytes(creditCodec, credit);
}

/** @throws PROTOCOL_BYTES_EXCEEDED, PROTOCOL_CBOR_MALFORMED, PROTOCOL_SHAPE_INVALID. No signature is checked here. */
export function decodeCredit(encoded: Uint8Array): Credit {
  return fromBytes(creditCodec, encoded, CREDIT_BYTES_MAX);
}

/**
 * Signs a vote again, for a credit: the very bytes that the PrepareVote's signature covers.
 * @param vote one that `member` sent. A member never asks for another.
 */
export function sealCredit(
  networkId: NetworkId,
  vote: BlockStatement & { readonly member: MemberIndex },
  sign: (bytes: Uint8Array) => Signature,
): Credit {
  const { epoch, height, view, blockHash, member } = vote;
  return {
    epoch,
    height,
    view,
    member,
    blockHash,
    signature: sign(prepareVoteSigningBytes(networkId, { epoch, height, view, blockHash })),
  };
}
