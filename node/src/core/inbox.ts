import type { Authenticated, Hash } from '@cairn/primitives';
import { decodeBatch } from '@cairn/protocol';
import type { Input, PendingItem } from '@cairn/replica';
import type { CoreOrder } from '../threads/thread-messages.ts';

/** An input before the host says when it happened. */
export type UntimedInput = Input extends infer I
  ? I extends { readonly atMs: number }
    ? Omit<I, 'atMs'>
    : never
  : never;

type InputOrder = Extract<
  CoreOrder,
  { kind: 'message' | 'batch' | 'block' | 'evidence' | 'items' | 'signed' | 'peer-connected' }
>;

/**
 * Makes inputs of what the crypto threads passed on. `Authenticated` was minted there by the door; between threads only
 * plain data travels, so it is given back here.
 */
export function toInput(order: InputOrder): UntimedInput {
  switch (order.kind) {
    case 'message':
      return { kind: 'message', from: order.from, message: order.message };
    case 'batch':
      return { kind: 'batch', from: order.from, batch: authenticated(decodeBatch(order.bytes)) };
    case 'block':
      return { kind: 'block', block: order.block };
    case 'evidence':
      return { kind: 'evidence', evidence: order.evidence };
    case 'items':
      return { kind: 'items', request: order.request, items: itemsOf(order) };
    case 'signed':
      return { kind: 'work-done', result: order.result };
    case 'peer-connected':
      return { kind: 'peer-connected', member: order.member };
  }
}

function itemsOf({ pack, ids, passed }: Extract<CoreOrder, { kind: 'items' }>): readonly Authenticated<PendingItem>[] {
  const { kind, ends } = pack;
  const itemAt = (index: number, bytes: Uint8Array) => authenticated({ id: ids[index] as Hash, kind, bytes });
  // Views: items of one request go into the same batches, so its bytes are kept no longer than they are needed.
  if (passed === null) return ends.map((end, i) => itemAt(i, pack.bytes.subarray(ends[i - 1] ?? 0, end)));
  // Copies: a view would keep what was refused in memory as long as one item waits.
  return passed.map((i) => itemAt(i, pack.bytes.slice(ends[i - 1] ?? 0, ends[i])));
}

/** Of a thing whose signatures were verified in this process. */
export function authenticated<T>(verified: T): Authenticated<T> {
  return verified as Authenticated<T>;
}
