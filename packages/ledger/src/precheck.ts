import type { PublicKey, UnixMs } from '@cairn/primitives';
import type { ReceiptCode } from '@cairn/protocol';
import { BlockDraft } from './block-draft.ts';
import { judgeReport } from './judge-report.ts';
import type { LedgerState } from './ledger-state.ts';
import type { ReportFacts } from './reading.ts';

/** @returns whether the device is registered for the feed, and not revoked. */
export function isKnownDevice(state: LedgerState, device: PublicKey, feed: string): boolean {
  const entry = state.feeds.get(feed)?.registrations.get(device);
  return entry !== undefined && entry.revocationIssuedAt === null;
}

/**
 * For a gateway: what a block of time `nowMs` over this state would say of the report. Advice only, execution decides.
 * @returns null when it would be accepted; `deferred` when it would wait for its time, which is no refusal.
 */
export function precheck(state: LedgerState, report: ReportFacts, nowMs: UnixMs): ReceiptCode | null {
  const { code } = judgeReport(new BlockDraft(state, { height: state.height + 1, time: nowMs }), report);
  return code === 'accepted' ? null : code;
}
