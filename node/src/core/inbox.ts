import type { Authenticated } from '@cairn/primitives';
import { decodeBatch } from '@cairn/protocol';
import type { Input, PendingItem } from '@cairn/replica';
import type { CoreOrder } from '../threads/thread-messages.ts';

/** An input before the host says when it happened. */
export type UntimedInput = Input extends infer I
  ? I extends { readonly atMs: number }
    ? Omit<I, 'atMs'>
    : never
  : never;

type InputOrder = Extract<CoreOrder, { kind: 'message' | 'batch' | 'block' | 'items' | 'signed' | 'peer-connected' }>;

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
    case 'items':
      return { kind: 'items', request: order.request, items: itemsOf(order) };
    case 'signed':
      return { kind: 'work-done', result: order.result };
    case 'peer-connected':
      return { kind: 'peer-connected', member: order.member };
  }
}

function itemsOf({ pack, passed }: Extract<CoreOrder, { kind: 'items' }>): readonly Authenticated<PendingItem>[] {
  return passed.map(({ index, id }) => {
    // A copy: a view would keep the whole request in memory as long as one item waits.
    const bytes = pack.bytes.slice(pack.ends[index - 1] ?? 0, pack.ends[index]);
    return authenticated({ id, kind: pack.kind, bytes });
  });
}

/** Of a thing whose signatures were verified in this process. */
export function authenticated<T>(verified: T): Authenticated<T> {
  return verified as Authenticated<T>;
}
