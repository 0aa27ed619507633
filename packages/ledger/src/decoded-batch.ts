import { sha256Hash } from '@cairn/crypto';
import { CairnError, type Hash, type MemberIndex, type NetworkId } from '@cairn/primitives';
import {
  type Batch,
  type BatchItem,
  type Credit,
  decodeCredit,
  decodeEvidence,
  decodeReportContent,
  type Evidence,
  type Registration,
  type Revocation,
  registrationCodec,
  revocationCodec,
} from '@cairn/protocol';
import type { ReportFacts } from './reading.ts';

/** An item as execution reads it. `id` is the hash of its bytes. */
export type DecodedItem =
  | { readonly kind: 'report'; readonly id: Hash; readonly report: ReportFacts }
  | { readonly kind: 'registration'; readonly id: Hash; readonly registration: Registration }
  | { readonly kind: 'revocation'; readonly id: Hash; readonly revocation: Revocation }
  | { readonly kind: 'evidence'; readonly id: Hash; readonly evidence: Evidence }
  | { readonly kind: 'credit'; readonly id: Hash; readonly credit: Credit }
  /** Bytes that do not decode, or a kind without a rule yet: the door refuses such batches. */
  | { readonly kind: 'malformed'; readonly id: Hash };

/** A batch whose items are decoded once, however many candidate blocks name it. */
export interface DecodedBatch {
  readonly id: Hash;
  readonly author: MemberIndex;
  readonly seq: number;
  readonly baseHeight: number;
  readonly items: readonly DecodedItem[];
}

/** Decodes every item. Checks no signature: that is the door's work. Never throws for what the bytes hold. */
export function decodeBatchItems(
  batch: Pick<Batch, 'id' | 'author' | 'seq' | 'baseHeight' | 'items'>,
  networkId: NetworkId,
): DecodedBatch {
  const { id, author, seq, baseHeight } = batch;
  return { id, author, seq, baseHeight, items: batch.items.map((item) => decodeItem(item, networkId)) };
}

function decodeItem(item: BatchItem, networkId: NetworkId): DecodedItem {
  try {
    switch (item.kind) {
      case 'report': {
        const report = decodeReportContent(item.bytes, networkId);
        return { kind: 'report', id: report.id, report };
      }
      case 'registration':
        return { kind: 'registration', id: sha256Hash(item.bytes), registration: registrationCodec.decode(item.bytes) };
      case 'revocation':
        return { kind: 'revocation', id: sha256Hash(item.bytes), revocation: revocationCodec.decode(item.bytes) };
      case 'evidence':
        return { kind: 'evidence', id: sha256Hash(item.bytes), evidence: decodeEvidence(item.bytes) };
      case 'credit':
        return { kind: 'credit', id: sha256Hash(item.bytes), credit: decodeCredit(item.bytes) };
      default:
        return { kind: 'malformed', id: sha256Hash(item.bytes) };
    }
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { kind: 'malformed', id: sha256Hash(item.bytes) };
  }
}
