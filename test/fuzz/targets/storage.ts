import type { Rng } from '@cairn/primitives';
import { RECEIPT_CODES } from '@cairn/protocol';
import { blobHashList, fromChecked, hashListBlob, toChecked } from '../../../packages/storage/src/checked-blob.ts';
import { blobReceiptList, receiptListBlob } from '../../../packages/storage/src/receipt-list.ts';
import {
  decodeEntry,
  decodeUnsignedTimeoutVote,
  encodeEntry,
  encodeUnsignedTimeoutVote,
} from '../../../packages/storage/src/voting-codec.ts';
import { messageOf } from '../../vectors/random-messages.ts';
import { hashOf, prepareCertificateOf, timeoutCertificateOf } from '../../vectors/random-nouns.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { demandSame, isAccepted, stateless, type Target } from '../target.ts';

const timeoutVote = (rng: Rng) => encodeUnsignedTimeoutVote(messageOf(rng, 'timeout-vote') as never);
const entryOf = (rng: Rng) =>
  encodeEntry(
    rng.chance(0.5)
      ? { kind: 'timeout', certificate: timeoutCertificateOf(rng) }
      : { kind: 'prepare', certificate: prepareCertificateOf(rng) },
  );

/** What a disk gives back, which may have rotted. */
export const targets: readonly Target[] = [
  stateless('storage/timeout-vote', () => ({
    generate: inputsFrom('cbor', timeoutVote),
    take: (input) => isAccepted(() => encodeUnsignedTimeoutVote(decodeUnsignedTimeoutVote(input))),
  })),
  stateless('storage/entry', () => ({
    generate: inputsFrom('cbor', entryOf),
    take: (input) => isAccepted(() => demandSame(encodeEntry(decodeEntry(input)), input)),
  })),
  stateless('storage/checked-blob', () => ({
    generate: inputsFrom('bytes', (rng) => toChecked('batches', rng.bytes(rng.integer(0, 60)))),
    take: (input) => isAccepted(() => demandSame(toChecked('batches', fromChecked('batches', input)), input)),
  })),
  stateless('storage/receipts', () => ({
    generate: inputsFrom('bytes', (rng) =>
      receiptListBlob(
        Array.from({ length: rng.integer(0, 5) }, () => ({ id: hashOf(rng), code: rng.pick(RECEIPT_CODES) })),
      ),
    ),
    take: (input) => isAccepted(() => blobReceiptList(input)),
  })),
  stateless('storage/hashes', () => ({
    generate: inputsFrom('bytes', (rng) => hashListBlob(Array.from({ length: rng.integer(0, 5) }, () => hashOf(rng)))),
    take: (input) => isAccepted(() => blobHashList(input)),
  })),
];
