import { viewTimeoutOf } from '@cairn/consensus';
import type { UnixMs } from '@cairn/primitives';
import { BLOCK_TIME_TOLERANCE_MS, type Block, type Genesis } from '@cairn/protocol';

/** 6.1: at most 2 s ahead of the voter's clock, and at most 2 s plus the view's timeout behind it. */
export function isTimely(
  block: Block,
  by: { readonly atMs: UnixMs; readonly view: number; readonly parameters: Genesis['parameters'] },
): boolean {
  const aheadMs = block.header.time - by.atMs;
  const behindMs = BLOCK_TIME_TOLERANCE_MS + viewTimeoutOf(by.view, by.parameters);
  return aheadMs <= BLOCK_TIME_TOLERANCE_MS && -aheadMs <= behindMs;
}

/** What the agreement is told of a block that was executed, or could not be. */
export function verdictOf(
  result: { readonly kind: 'executed' } | { readonly kind: 'fault'; readonly fault: string },
  isInTime: boolean,
): { readonly executes: boolean; readonly isTimely: boolean; readonly reason: string | null } {
  if (result.kind === 'fault') return { executes: false, isTimely: false, reason: result.fault };
  return { executes: true, isTimely: isInTime, reason: null };
}
