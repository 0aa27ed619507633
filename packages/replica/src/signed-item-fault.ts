import type { VerifySignature } from '@cairn/consensus';
import { isValidPublicKey } from '@cairn/crypto';
import { type Hash, type NetworkId, type PublicKey, toPublicKey, toSignature } from '@cairn/primitives';
import {
  type BatchItem,
  type Committee,
  decodeCredit,
  decodeReportSeal,
  registrationCodec,
  revocationCodec,
} from '@cairn/protocol';
import { creditFault } from './check-credit.ts';

export interface ItemDoor {
  readonly networkId: NetworkId;
  /** Of the epoch that the batch or the evidence names. */
  readonly committee: Committee;
  readonly epochBlocks: number;
  readonly verify: VerifySignature;
  /** Whether a device key may be admitted: `isValidPublicKey` unless a toy scheme has keys of its own. */
  readonly admitsKey?: (key: PublicKey) => boolean;
  /** `verify` over bytes as they stand in a report, which is the hottest check of all; without it hex is made of them. */
  readonly verifyReport?: (device: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /** Reports verified before, e.g. at this node's own intake: each is verified once per node. */
  readonly isVerified?: (report: Uint8Array, id?: Hash) => boolean;
}

/**
 * Whether an item of devices and their owners may stand in a batch: its bytes decode, and its signature verifies.
 * @param id hash of the item's bytes, where it is known already: a batch was hashed when it was decoded.
 * @returns null, or the broken rule. @throws PROTOCOL_* when it cannot be decoded.
 */
export function signedItemFault(item: BatchItem, door: ItemDoor, id?: Hash): string | null {
  switch (item.kind) {
    case 'report':
      return isReportSigned(item.bytes, door, id) ? null : 'the signature of a device does not verify';
    case 'registration': {
      const { body, signer, signature } = registrationCodec.decode(item.bytes);
      const signed = registrationCodec.signingBytes(door.networkId, body);
      // "keys are checked when they are admitted" (protocol section 2): libraries disagree on those with a torsion part.
      if (!(door.admitsKey ?? isValidPublicKey)(body.device)) return 'the key of a device is no point of prime order';
      return door.verify(signer, signed, signature) ? null : 'the signature of a registration does not verify';
    }
    case 'revocation': {
      const { body, signer, signature } = revocationCodec.decode(item.bytes);
      const signed = revocationCodec.signingBytes(door.networkId, body);
      return door.verify(signer, signed, signature) ? null : 'the signature of a revocation does not verify';
    }
    case 'credit':
      // Execution reads no signatures.
      return creditFault(decodeCredit(item.bytes), door);
    default:
      return `items of kind ${item.kind} have no rule in this version`;
  }
}

function isReportSigned(bytes: Uint8Array, door: ItemDoor, id?: Hash): boolean {
  const { device, signedBytes, signature } = decodeReportSeal(bytes, door.networkId);
  if (door.isVerified?.(bytes, id) === true) return true;
  if (door.verifyReport !== undefined) return door.verifyReport(device, signedBytes, signature);
  return door.verify(toPublicKey(device), signedBytes, toSignature(signature));
}
