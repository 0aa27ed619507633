import type { Signature } from '@cairn/primitives';
import {
  AGREEMENT_BYTES_MAX,
  decodeAgreementMessage,
  type EntryCertificate,
  encodeAgreementMessage,
  entryCertificateCodec,
  fromBytes,
  type TimeoutVote,
  toBytes,
  type UnsignedMessage,
} from '@cairn/protocol';

/** Stands where the member's signature will: the host signs a vote each time it leaves. */
const NO_SIGNATURE = '0'.repeat(128) as Signature;

/** The bytes of a timeout vote without its signature: those of the message with a signature of zeros. */
export function encodeUnsignedTimeoutVote(vote: UnsignedMessage<TimeoutVote>): Uint8Array {
  return encodeAgreementMessage({ ...vote, signature: NO_SIGNATURE });
}

/** @throws PROTOCOL_* */
export function decodeUnsignedTimeoutVote(bytes: Uint8Array): UnsignedMessage<TimeoutVote> {
  const { signature: _, ...vote } = decodeAgreementMessage(bytes) as TimeoutVote;
  return vote;
}

export function encodeEntry(entry: EntryCertificate): Uint8Array {
  return toBytes(entryCertificateCodec, entry);
}

/** @throws PROTOCOL_* */
export function decodeEntry(bytes: Uint8Array): EntryCertificate {
  return fromBytes(entryCertificateCodec, bytes, AGREEMENT_BYTES_MAX);
}
