import { type Credit, decodeCredit } from '@cairn/protocol';
import type { Commit } from './step.ts';

/** @returns the credits that a block accepted, in (batch, item) order. */
export function creditsOfCommit({ batches, receipts }: Pick<Commit, 'batches' | 'receipts'>): readonly Credit[] {
  const items = batches.flatMap((batch) => batch.items);
  return items.flatMap(({ kind, bytes }, i) => {
    return kind === 'credit' && receipts[i]?.code === 'accepted' ? [decodeCredit(bytes)] : [];
  });
}
