import { decodeEvidence } from '@cairn/protocol';
import type { Commit } from '@cairn/replica';
import type { StoredEvidence } from './chain-reads.ts';
import { fatesOf } from './check-commit.ts';

/** @returns the evidence that a block accepted, in (batch, item) order. */
export function evidenceOfCommit(commit: Commit): readonly StoredEvidence[] {
  if (!commit.batches.some(({ items }) => items.some(({ kind }) => kind === 'evidence'))) return [];
  return [...fatesOf(commit)].flatMap(({ id, code, place }) => {
    const item = place === null || code !== 0 ? undefined : commit.batches[place.batch]?.items[place.item];
    if (item?.kind !== 'evidence') return [];
    const { member, kind } = decodeEvidence(item.bytes);
    return [{ id, height: commit.height, member, kind, bytes: item.bytes }];
  });
}
