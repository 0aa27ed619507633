import type { ForkRule } from '@cairn/consensus';
import { assert, type MemberIndex } from '@cairn/primitives';
import { type Batch, sealBatch, type TimeoutVote } from '@cairn/protocol';
import type { JournalEntry } from '@cairn/replica';
import { memberKey } from '../sim-genesis.ts';
import { toyPublicKey } from '../toy-keys.ts';
import { SIM_FEED, signReport } from '../workload.ts';
import { World } from '../world.ts';

/** The height that is explored; one was agreed on before it. */
export const EXPLORED_HEIGHT = 2;
const MEMBERS = 4;

/** What every explored schedule begins with. */
export interface Setting {
  readonly world: World;
  readonly without: ReadonlySet<ForkRule>;
  readonly rogue: MemberIndex;
  readonly honest: readonly MemberIndex[];
  /** Views 0 .. viewCount - 1 of the height take place. */
  readonly viewCount: number;
  /** Every clock shows it all the time: timers fire whenever the schedule says so. */
  readonly nowMs: number;
  /** What is on an honest member's disk: block 1, and a batch that waits to be in block 2. */
  readonly disks: ReadonlyMap<MemberIndex, readonly JournalEntry[]>;
  /** Honest TimeoutVotes of the height before, which anyone may show again. */
  readonly earlier: readonly TimeoutVote[];
  leaderOf(view: number): MemberIndex;
}

export interface SettingSize {
  /** Which view of the explored height the Byzantine member leads. */
  readonly rogueView: number;
  readonly viewCount: number;
  readonly without?: ReadonlySet<ForkRule>;
}

/**
 * Four members that have agreed on height 1 in its view 1, after all gave view 0 up.
 */
export function settingOf(size: SettingSize): Setting {
  const { rogueView, viewCount, without = new Set<ForkRule>() } = size;
  const leaderOf = (view: number) => (EXPLORED_HEIGHT + view) % MEMBERS;
  const rogue = leaderOf(rogueView);
  const byzantine = new Set([rogue]);
  const world = new World({
    seed: 1,
    memberCount: MEMBERS,
    feeds: [SIM_FEED],
    isRealFrost: false,
    viewTimeoutMs: 250,
    without,
    byzantine,
  });
  const honest = world.honest.map(({ self }) => self);
  const disks = new Map(honest.map((member): [MemberIndex, JournalEntry[]] => [member, []]));
  const earlier = new Map<MemberIndex, TimeoutVote>();
  world.checkers.push({
    name: 'recorder',
    onSealed: (member, message) => {
      if (message.kind === 'timeout-vote' && message.height === 1 && message.view === 0) earlier.set(member, message);
    },
    onDurable: (member, entries) => {
      for (const entry of entries) if (entry.kind === 'certified') disks.get(member)?.push(entry);
    },
  });
  // View 0 of height 1 fails: its proposal reaches nobody.
  const isFirstProposal = (bytes: Uint8Array): boolean => {
    const opened = world.openMessage(bytes);
    return opened.ok && opened.message.kind === 'proposal' && opened.message.view === 0;
  };
  world.transmit = (_from, _to, packet) =>
    packet.kind === 'agreement' && isFirstProposal(packet.bytes) ? [] : [world.nowMs + 1];
  const bytes = waitingBatch(world, rogue, 0).bytes;
  world.startAll();
  for (const member of world.nodes) world.deliver(rogue, member.self, { kind: 'batch', bytes }, world.nowMs);
  world.runUntil(() => honest.every((member) => world.node(member).disk.tipHeight === 1), { withinMs: 60_000 });
  const waiting = { kind: 'batch' as const, batch: waitingBatch(world, rogue, 1), items: [] };
  for (const entries of disks.values()) {
    assert(entries.length === 1, 'height 1 is agreed on');
    entries.push(waiting);
  }
  assert(earlier.size === honest.length, 'all gave view 0 up');
  const nowMs = world.nowMs + 1000;
  return { world, without, rogue, honest, viewCount, nowMs, disks, earlier: [...earlier.values()], leaderOf };
}

function waitingBatch(world: World, author: MemberIndex, seq: number): Batch {
  const { networkId } = world;
  const payload = { feed: SIM_FEED.id, seq, observedAt: world.nowMs, values: [7] };
  const { kind, bytes } = signReport(world, toyPublicKey('nobody'), payload);
  const body = { networkId, epoch: 0, author, seq, baseHeight: seq, items: [{ kind, bytes }] };
  return sealBatch(body, (text) => world.sign(memberKey(author), text));
}
