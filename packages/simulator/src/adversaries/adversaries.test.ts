import { sha256Hash } from '@cairn/crypto';
import { type MemberIndex, quorumOf, toHex } from '@cairn/primitives';
import { type AgreementMessage, BLOCK_TIME_TOLERANCE_MS, blockHash } from '@cairn/protocol';
import { authenticateBatch, type Commit, type ReplicaEvent } from '@cairn/replica';
import { describe, expect, it } from 'vitest';
import { Convictions } from '../checkers/index.ts';
import type { Fault } from '../fault.ts';
import { type Plan, planOf } from '../plan.ts';
import { runPlan } from '../run-plan.ts';
import type { Packet } from '../sim-host.ts';
import type { SimNode } from '../sim-node.ts';
import { toyPublicKey } from '../toy-keys.ts';
import type { World } from '../world.ts';
import type { Sending } from './behaviour.ts';
import { BEHAVIOUR_NAMES, type BehaviourName } from './index.ts';

// Goal: each adversary really acts (what it does reaches honest members, or what it keeps does not), and the network holds:
// every checker is content, there is progress, and what the rule promises can be seen. Method: f of them alone.
interface Arrival {
  readonly packet: Packet;
  /** null: no valid agreement message. */
  readonly message: AgreementMessage | null;
  readonly to: SimNode;
  readonly world: World;
}

/** What was seen of the liars. */
interface Seen {
  readonly liars: ReadonlySet<MemberIndex>;
  /** Of packets from liars as they reached honest members, by what they show. */
  readonly deeds: Map<string, number>;
  /** Recipients that a liar's engine meant and that got nothing; packets that it kept from its engine. */
  kept: number;
  ignored: number;
  readonly convictions: Convictions;
  readonly events: ReplicaEvent[];
  readonly commits: { readonly commit: Commit; readonly atMs: number }[];
}

interface Case {
  readonly faults?: readonly Fault[];
  /** Virtual time before the network heals. */
  readonly chaosMs?: number;
  /** A fresh witness for a run: names the misbehaviour in an arrival. */
  readonly witness?: () => (arrival: Arrival) => string | null;
  /** What the run must have seen beside each name that the witness can give. */
  readonly shows: (seen: Seen) => void;
  readonly deeds?: readonly string[];
}

const isOf = (seen: Seen, kind: string) =>
  [...seen.liars].some((liar) => seen.convictions.proven.has(`${liar}/${kind}`));
const count = (seen: Seen, kind: ReplicaEvent['kind']) => seen.events.filter((event) => event.kind === kind).length;
const laterSessions = (seen: Seen) =>
  seen.events.filter((event) => event.kind === 'session-opened' && event.session > 0).length;

/** Names the second of two statements that differ at one place. */
function contradictions(of: (message: AgreementMessage) => readonly [place: string, statement: string] | null) {
  return () => {
    const first = new Map<string, string>();
    return ({ message }: Arrival): string | null => {
      const said = message === null ? null : of(message);
      if (said === null) return null;
      const [place, statement] = said;
      const earlier = first.get(place);
      if (earlier === undefined) first.set(place, statement);
      return earlier === undefined || earlier === statement ? null : 'contradicts itself';
    };
  };
}

const whenever = (name: string, is: (arrival: Arrival) => boolean) => ({
  witness: () => (arrival: Arrival) => (is(arrival) ? name : null),
  deeds: [name],
});
const contradicts = (of: Parameters<typeof contradictions>[0]) => ({
  witness: contradictions(of),
  deeds: ['contradicts itself'],
});

const CASES: Readonly<Record<BehaviourName, Case>> = {
  'equivocating-leader': {
    ...contradicts((message) =>
      message.kind === 'proposal'
        ? [`${message.member}/${message.height}/${message.view}`, blockHash(message.block)]
        : null,
    ),
    shows: (seen) => expect(isOf(seen, 'double-proposal'), 'evidence').toBe(true),
  },
  'equivocating-voter': {
    ...contradicts((message) =>
      message.kind === 'prepare-vote'
        ? [`${message.member}/${message.height}/${message.view}`, message.blockHash]
        : null,
    ),
    shows: (seen) => expect(isOf(seen, 'double-prepare'), 'evidence').toBe(true),
  },
  'proposal-withholder': {
    shows: (seen) => {
      expect(seen.kept, 'proposals kept').toBeGreaterThan(0);
      expect(count(seen, 'timed-out'), 'views given up').toBeGreaterThan(0);
    },
  },
  'share-withholder': {
    shows: (seen) => {
      expect(seen.kept, 'shares kept').toBeGreaterThan(0);
      expect(laterSessions(seen), 'further sessions').toBeGreaterThan(0);
    },
  },
  'certified-withholder': {
    shows: (seen) => {
      expect(seen.kept, 'certified blocks kept').toBeGreaterThan(0);
      const own = seen.commits.filter(({ commit }) => seen.liars.has(commit.certified.block.header.leader));
      expect(own.length, 'its blocks, certified at honest members').toBeGreaterThan(0);
      expect(count(seen, 'timed-out'), 'views given up').toBeGreaterThan(0);
    },
  },
  'batch-withholder': {
    shows: (seen) => expect(seen.kept, 'batches kept').toBeGreaterThan(0),
  },
  'invalid-sharer': {
    shows: (seen) => {
      expect(count(seen, 'share-invalid'), 'shares found invalid').toBeGreaterThan(0);
      expect(isOf(seen, 'invalid-share'), 'evidence').toBe(true);
    },
  },
  'nonce-refuser': {
    ...whenever('refuses', ({ message }) => message?.kind === 'nonce-refusal'),
    shows: (seen) => expect(laterSessions(seen), 'further sessions').toBeGreaterThan(0),
  },
  'nonce-reuser': {
    ...contradicts((message) =>
      message.kind === 'prepare-vote' ? [toHex(message.commitment.hiding), `${message.height}/${message.view}`] : null,
    ),
    shows: (seen) => expect(seen.ignored, 'requests that it answers itself').toBeGreaterThan(0),
  },
  'stale-replayer': {
    // So that there are views to come back to.
    chaosMs: 4000,
    faults: [{ kind: 'loss', chance: 0.4, atMs: 0, forMs: 2000 }],
    witness:
      () =>
      ({ message, packet, to }) => {
        if (packet.kind !== 'agreement') return null;
        if (message === null) return 'of another network';
        const { replica } = to;
        if (replica === null || !('height' in message)) return null;
        if (message.height <= replica.height) return 'of an earlier height';
        return message.height === replica.height + 1 && message.view < replica.view ? 'of an earlier view' : null;
      },
    deeds: ['of another network', 'of an earlier height', 'of an earlier view'],
    shows: (seen) => expect(seen.convictions.proven.size, 'evidence against anybody').toBe(0),
  },
  'selective-sender': {
    shows: (seen) => expect(seen.kept, 'sent to some only').toBeGreaterThan(0),
  },
  'batch-forger': {
    ...whenever(
      'is refused',
      ({ packet, world }) => packet.kind === 'batch' && !authenticateBatch(packet.bytes, world.door).ok,
    ),
    shows: (seen) => expect(isOf(seen, 'double-batch') || isOf(seen, 'invalid-batch'), 'evidence').toBe(true),
  },
  flooder: {
    witness: () => {
      let [atMs, packets] = [0, 0];
      return ({ world }) => {
        packets = world.nowMs === atMs ? packets + 1 : 1;
        atMs = world.nowMs;
        return packets >= 15 ? 'floods' : null;
      };
    },
    deeds: ['floods'],
    shows: (seen) => expect(seen.commits.length, 'commits').toBeGreaterThan(10),
  },
  'timeout-spammer': {
    ...whenever('gives up', ({ message }) => message?.kind === 'timeout-vote'),
    // f + 1 are needed to move others, and liars are f. Only a network with nothing to agree on lets its timers run out: then
    // a vote of a later view is all that it has seen (5.3), and an empty block comes of it.
    shows: (seen) => {
      const busy = new Set(
        seen.commits.flatMap(({ commit }) => (commit.acceptedReports.length > 0 ? [commit.height] : [])),
      );
      const givenUp = seen.events.filter((event) => event.kind === 'timed-out' && busy.has(event.height));
      expect(busy.size, 'heights with work').toBeGreaterThan(10);
      expect(givenUp, 'views that honest members gave up').toEqual([]);
    },
  },
  'time-liar': {
    ...whenever('is out of time', ({ message, world }) => {
      if (message?.kind !== 'proposal') return false;
      return Math.abs(message.block.header.time - world.nowMs) > BLOCK_TIME_TOLERANCE_MS;
    }),
    shows: (seen) => {
      const aheadMs = seen.commits.map(({ commit, atMs }) => commit.certified.block.header.time - atMs);
      expect(Math.max(...aheadMs), 'ahead of true time').toBeLessThanOrEqual(BLOCK_TIME_TOLERANCE_MS);
    },
  },
  'high-certificate-liar': {
    // Without views that fail nobody names certificates.
    chaosMs: 4000,
    faults: [{ kind: 'loss', chance: 0.4, atMs: 0, forMs: 2000 }],
    ...whenever('denies', ({ message }) => message?.kind === 'timeout-vote' && message.highView < 0),
    shows: (seen) => expect(count(seen, 'view-entered'), 'views').toBeGreaterThan(0),
  },
  'garbage-sender': {
    ...whenever('sends noise', ({ packet, message }) => packet.kind === 'agreement' && message === null),
    shows: () => {},
  },
  censor: {
    shows: (seen) => {
      expect(seen.ignored, 'batches left unread').toBeGreaterThan(0);
      const device = toyPublicKey('device-0');
      const items = seen.commits.flatMap(({ commit }) => commit.batches.flatMap((batch) => batch.items));
      const ids = items.filter(({ bytes }) => toHex(bytes).includes(device)).map(({ bytes }) => sha256Hash(bytes));
      const accepted = new Set(seen.commits.flatMap(({ commit }) => commit.acceptedReports));
      expect(ids.filter((id) => accepted.has(id)).length, 'reports of its device').toBeGreaterThan(0);
    },
  },
  'false-server': {
    // Who was away asks for what it missed.
    faults: [{ kind: 'crash', member: 1, atMs: 300, forMs: 1000 }],
    ...whenever('serves what is refused', ({ packet, message }) => packet.kind === 'agreement' && message === null),
    shows: (seen) => expect(seen.ignored, 'requests that it answers itself').toBeGreaterThan(0),
  },
  'far-claimant': {
    ...whenever('claims', ({ message, to }) => {
      return message?.kind === 'timeout-vote' && message.height > (to.replica?.height ?? 0) + 50_000;
    }),
    shows: (seen) => expect(count(seen, 'behind'), 'honest members that believe it').toBeGreaterThan(0),
  },
  'vote-omitter': {
    shows: (seen) => expect(seen.ignored, 'votes and certificates that it changes').toBeGreaterThan(0),
  },
  'skip-steerer': {
    ...whenever('gives up', ({ message }) => message?.kind === 'timeout-vote'),
    shows: (seen) => expect(seen.kept, 'votes kept from those it wants skipped').toBeGreaterThan(0),
  },
  twin: {
    chaosMs: 4000,
    // Two processes propose two blocks, and vote with two commitments.
    ...contradicts((message) => {
      if (message.kind !== 'proposal' && message.kind !== 'prepare-vote') return null;
      const place = `${message.kind}/${message.member}/${message.height}/${message.view}`;
      return [place, message.kind === 'proposal' ? blockHash(message.block) : toHex(message.commitment.hiding)];
    }),
    shows: () => {},
  },
};

const recipients = (sendings: readonly Sending[], self: MemberIndex): number =>
  new Set(sendings.flatMap(({ to }) => to.filter((member) => member !== self))).size;

/** Counts what the liar's behaviour keeps back, on either side. */
function watchLiar(seen: Seen, node: SimNode): void {
  const { behaviour, self } = node;
  if (behaviour === null) return;
  node.behaviour = {
    ...behaviour,
    onSend: (sending) => {
      const out = behaviour.onSend?.(sending) ?? [sending];
      seen.kept += Math.max(0, recipients([sending], self) - recipients(out, self));
      return out;
    },
    onBatch: (batch, to) => {
      const left = behaviour.onBatch?.(batch, to) ?? to;
      seen.kept += to.length - left.length;
      return left;
    },
    onPacket: (packet, from) => {
      const passes = behaviour.onPacket?.(packet, from) ?? true;
      if (!passes) seen.ignored += 1;
      return passes;
    },
  };
}

function watchHonest(
  seen: Seen,
  node: SimNode,
  watch: { world: World; witness: ReturnType<NonNullable<Case['witness']>> },
): void {
  const { world, witness } = watch;
  const onPacket = node.onPacket.bind(node);
  node.onPacket = (packet, from, atMs) => {
    if (node.isUp && seen.liars.has(from)) {
      const opened = packet.kind === 'agreement' ? world.openMessage(packet.bytes) : null;
      const deed = witness({ packet, message: opened?.ok ? opened.message : null, to: node, world });
      if (deed !== null) seen.deeds.set(deed, (seen.deeds.get(deed) ?? 0) + 1);
    }
    onPacket(packet, from, atMs);
  };
}

function lied(name: BehaviourName, memberCount: number): { seen: Seen; outcome: ReturnType<typeof runPlan> } {
  const { faults = [], chaosMs = 2000, witness = () => () => null } = CASES[name];
  const { faulty } = quorumOf(memberCount);
  const byzantine = Array.from({ length: faulty }, (_, i) => ({ member: memberCount - 1 - i, behaviours: [name] }));
  const liars = new Set(byzantine.map(({ member }) => member));
  const seen: Seen = {
    ...{ liars, deeds: new Map(), kept: 0, ignored: 0, events: [], commits: [] },
    convictions: new Convictions(liars),
  };
  const load = { deviceCount: 3, reportsPerSecond: 10 };
  const plan: Plan = { ...planOf(1), ...load, memberCount, viewTimeoutMs: 250, chaosMs, faults, byzantine };
  const prepare = (world: World): void => {
    world.checkers.push(seen.convictions);
    for (const liar of liars) watchLiar(seen, world.node(liar));
    const watch = { world, witness: witness() };
    for (const node of world.honest) watchHonest(seen, node, watch);
    world.onEvent.push((member, event) => {
      if (!liars.has(member)) seen.events.push(event);
    });
    world.onCommit.push((member, commit) => {
      if (!liars.has(member)) seen.commits.push({ commit, atMs: world.nowMs });
    });
  };
  return { seen, outcome: runPlan(plan, { prepare }) };
}

describe.each(BEHAVIOUR_NAMES)('%s', (name) => {
  it.each([4, 7])('f of %i: acts, and is withstood', (memberCount) => {
    const { seen, outcome } = lied(name, memberCount);
    expect(outcome.violation).toBeNull();
    expect(outcome.heights, 'heights').toBeGreaterThan(3);
    for (const deed of CASES[name].deeds ?? []) expect(seen.deeds.get(deed) ?? 0, deed).toBeGreaterThan(0);
    CASES[name].shows(seen);
  });
});
