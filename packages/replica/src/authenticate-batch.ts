import { isValidPublicKey } from '@cairn/crypto';
import { type Authenticated, CairnError, type PublicKey, toPublicKey, toSignature } from '@cairn/primitives';
import {
  type Batch,
  type BatchItem,
  batchSigningBytes,
  decodeBatch,
  decodeCredit,
  decodeEvidence,
  decodeReportSeal,
  epochOfHeight,
  registrationCodec,
  revocationCodec,
} from '@cairn/protocol';
import { creditFault } from './check-credit.ts';
import { type EvidenceDoor, evidenceFault } from './check-evidence.ts';

/** With the committee of the epoch that the batch names. */
export interface BatchDoor extends EvidenceDoor {
  /** Whether a device key may be admitted: `isValidPublicKey` unless a toy scheme has keys of its own. */
  readonly admitsKey?: (key: PublicKey) => boolean;
  /** `verify` over bytes as they stand in a report, which is the hottest check of all; without it hex is made of them. */
  readonly verifyReport?: (device: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /** Reports verified before, e.g. at this node's own intake: each is verified once per node. */
  readonly isVerified?: (report: Uint8Array) => boolean;
}

export type BatchResult =
  | { readonly ok: true; readonly batch: Authenticated<Batch> }
  | { readonly ok: false; readonly fault: string };

/**
 * Decides whether a batch is valid. That depends on its bytes and the committee of the epoch that it names, and on
 * nothing else: no clock, no configuration, no order of arrival (protocol section 4). Never throws.
 */
export function authenticateBatch(bytes: Uint8Array, door: BatchDoor): BatchResult {
  const refused = (fault: string): BatchResult => ({ ok: false, fault });
  try {
    const batch = decodeBatch(bytes);
    if (batch.networkId !== door.networkId) return refused('of another network');
    if (batch.epoch !== epochOfHeight(batch.baseHeight + 1, door.epochBlocks))
      return refused('not of the epoch of its base height');
    const author = door.committee.members[batch.author];
    if (author === undefined) return refused('its author is not a member');
    if (!door.verify(author.identityKey, batchSigningBytes(door.networkId, batch), batch.signature)) {
      return refused('the signature of its author does not verify');
    }
    for (const item of batch.items) {
      const fault = itemFault(item, door);
      if (fault !== null) return refused(fault);
    }
    return { ok: true, batch: batch as unknown as Authenticated<Batch> };
  } catch (error) {
    if (error instanceof CairnError) return refused(`${error.code}: ${error.message}`);
    throw error;
  }
}

/**
 * Whether an item may stand in a batch: its bytes decode, and its signature verifies. Also asked at intake.
 * @returns null, or the broken rule. @throws PROTOCOL_* when it cannot be decoded.
 */
export function itemFault(item: BatchItem, door: BatchDoor): string | null {
  switch (item.kind) {
    case 'report':
      return isReportSigned(item.bytes, door) ? null : 'the signature of a device does not verify';
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
    case 'evidence':
      // Evidence that does not convict is a slander, and the author's fault.
      return evidenceFault(decodeEvidence(item.bytes), door);
    case 'credit':
      // Nor is a vote that its member did not sign: execution reads no signatures.
      return creditFault(decodeCredit(item.bytes), door);
    default:
      return `items of kind ${item.kind} have no rule in this version`;
  }
}

function isReportSigned(bytes: Uint8Array, door: BatchDoor): boolean {
  const { device, signedBytes, signature } = decodeReportSeal(bytes, door.networkId);
  if (door.isVerified?.(bytes) === true) return true;
  if (door.verifyReport !== undefined) return door.verifyReport(device, signedBytes, signature);
  return door.verify(toPublicKey(device), signedBytes, toSignature(signature));
}
