import type { FeedDefinition, FeedResultJson } from '@cairn/protocol';
import type { AnchorView, MemberStatusView, ReadingView, ResultView } from './devnet-state.ts';
import { scaled } from './format.ts';

/** What the status page of a node answers, as far as it is shown. */
export interface StatusReply {
  readonly member: number;
  readonly height: number;
  readonly view: number;
  readonly blockTime: number;
  readonly isSyncing: boolean;
  readonly halted: string | null;
  readonly pendingItems: number;
  readonly members: readonly {
    readonly index: number;
    readonly isConnected: boolean;
    readonly votes: { readonly present: number; readonly window: number };
  }[];
}

/** @param highest the status of the member with the highest block: its count of votes is shown for all. */
export function memberStatus(own: StatusReply, highest: StatusReply): MemberStatusView {
  const { height, view, isSyncing, halted, pendingItems } = own;
  const votes = highest.members.find(({ index }) => index === own.member)?.votes ?? { present: 0, window: 0 };
  const peersConnected = own.members.filter(({ index, isConnected }) => isConnected && index !== own.member).length;
  return { height, view, isSyncing, halted, pendingItems, peersConnected, votes };
}

export interface GroupReply {
  readonly group: string;
  readonly latest: { readonly anchored: boolean; readonly result: FeedResultJson };
}

/** @returns one row; of every channel the feed's first aggregate. */
export function resultView(feed: FeedDefinition, { latest }: GroupReply): ResultView {
  const { result } = latest;
  return {
    feed: feed.id,
    group: result.group,
    windowEnd: result.windowEnd,
    status: result.status,
    reports: result.reports,
    devices: result.devices,
    isAnchored: latest.anchored,
    readings: result.channels.flatMap((channel): ReadingView[] => {
      const aggregate = channel.aggregates[0];
      if (aggregate === undefined) return [];
      const unit = feed.channels.find(({ name }) => name === channel.name)?.unit ?? '';
      const value = aggregate.code === 'ok' ? scaled(BigInt(aggregate.value), channel.exponent) : null;
      return [{ channel: channel.name, unit, kind: aggregate.kind, value }];
    }),
  };
}

export interface AnchorReply {
  readonly transaction: string;
  readonly status: string;
  readonly treeSize: number;
  readonly slot: number | null;
  readonly chain: string;
}

/** @returns null unless this very chain has confirmed it: the archive also tells of chains of earlier starts. */
export function anchorView(
  reply: AnchorReply,
  { chain, now }: { chain: string | null; now: number },
): AnchorView | null {
  if (reply.slot === null || reply.chain !== chain || (reply.status !== 'confirmed' && reply.status !== 'finalized'))
    return null;
  return { treeSize: reply.treeSize, slot: reply.slot, transaction: reply.transaction, confirmedAt: now };
}

/** @returns the sample with exactly these labels of a page in Prometheus's text format; null when there is none. */
export function metricSample(page: string, series: string): number | null {
  for (const line of page.split('\n')) {
    if (!line.startsWith(series) || line[series.length] !== ' ') continue;
    const value = Number(line.slice(series.length + 1).split(' ', 1)[0]);
    return Number.isFinite(value) ? value : null;
  }
  return null;
}
