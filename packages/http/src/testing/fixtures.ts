import { createSigner, sha256Hash } from '@cairn/crypto';
import { type Hash, toHash, toSignature, utf8 } from '@cairn/primitives';
import {
  type Attestation,
  encodeEvidence,
  encodeHeader,
  evidenceId,
  type FeedDefinition,
  type Genesis,
  genesisHeader,
  RULES_VERSION,
} from '@cairn/protocol';
import { channelFixture, feedFixture } from '@cairn/protocol/testing';
import type {
  AnchorView,
  ApiEvent,
  ArchivedBlock,
  ArchivedCheckpoint,
  AttestationPorts,
  Round,
  Series,
} from '../attestation-ports.ts';
import type { NodePorts, NodeStatus, Verdict } from '../node-ports.ts';
import type { EvidenceEntry, Health, SharedPorts } from '../shared-ports.ts';

/** For tests only: one constructor per thing, everything defaulted. */
export function hashOf(text: string): Hash {
  return sha256Hash(utf8(text));
}

const key = (index: number) => createSigner(new Uint8Array(32).fill(index + 1)).publicKey;

export function aFeed(parts: Partial<FeedDefinition> = {}): FeedDefinition {
  const channels = [channelFixture({ aggregates: ['median'] })];
  return feedFixture({ channels, madFactorMilli: 3500, registrars: [key(50)], deviceReportsMax: 10, ...parts });
}

export function aGenesis(parts: Partial<Genesis> = {}): Genesis {
  return {
    rulesVersion: RULES_VERSION,
    networkName: 'test',
    createdAt: 1_700_000_000_000,
    members: [0, 1, 2, 3].map((index) => ({ name: `node-${index}`, identityKey: key(index), addresses: [] })),
    parameters: { blockIntervalMs: 200, viewTimeoutMs: 1000, viewTimeoutMsMax: 30_000, epochBlocks: 1000 },
    feeds: [aFeed()],
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: hashOf('ceremony'),
    transcriptHash: hashOf('transcript'),
    groupKey: key(9),
    verificationShares: [20, 21, 22, 23].map(key),
    ...parts,
  };
}

export function anAttestation(parts: Partial<Attestation> = {}): Attestation {
  return {
    version: 1,
    networkName: 'test',
    networkId: hashOf('network'),
    groupKey: key(9),
    subject: { kind: 'report', report: Uint8Array.of(1, 2, 3) },
    inclusion: { index: 0, size: 1, path: [] },
    header: new Uint8Array(352),
    checkpoint: 'a note\n',
    anchor: null,
    ...parts,
  };
}

export function aResultAttestation(windowStart: number, parts: { feed?: string; group?: string } = {}): Attestation {
  const result = {
    feed: parts.feed ?? 'air',
    group: parts.group ?? '',
    windowStart,
    windowEnd: windowStart + 60_000,
    status: 'final' as const,
    open: false,
    reports: 3,
    devices: 2,
    filtered: 0,
    channels: [
      {
        name: 'pm25',
        exponent: -1,
        count: 3,
        filtered: 0,
        aggregates: [
          { kind: 'median' as const, code: 'ok' as const, value: 123n },
          { kind: 'sum' as const, code: 'ok' as const, value: 2n ** 60n },
        ],
      },
    ],
  };
  return anAttestation({ subject: { kind: 'result', result } });
}

export const healthy: Health = {
  status: 'ready',
  checks: [{ name: 'peers', severity: 'critical', isOk: true, detail: '3 of 3 connected' }],
};

const signedHash = (byte: string) => ({ hash: toHash(byte.repeat(64)), signature: toSignature(byte.repeat(128)) });
const evidenceBytes = encodeEvidence({
  ...{ kind: 'double-proposal', epoch: 0, height: 3, view: 1, member: 2 },
  first: signedHash('a'),
  second: signedHash('b'),
});
export const anEvidence: EvidenceEntry = {
  id: evidenceId(evidenceBytes),
  member: 2,
  kind: 'double-proposal',
  height: 3,
  bytes: evidenceBytes,
};

export function sharedPorts(parts: Partial<SharedPorts> = {}): SharedPorts {
  const genesis = aGenesis();
  return {
    genesis: () => genesis,
    feeds: () => genesis.feeds,
    position: () => ({ height: 7, epoch: 0, time: 1_700_000_001_000 }),
    health: () => healthy,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: '# HELP cairn_up Up.\n' }),
    evidence: () => [anEvidence],
    evidenceById: (id) => (id === anEvidence.id ? anEvidence : null),
    ...parts,
  };
}

export function accept(reports: readonly Uint8Array[]): readonly Verdict[] {
  return reports.map((bytes) => ({ id: toHash(sha256Hash(bytes)), status: 'accepted' }));
}

export function nodePorts(parts: Partial<NodePorts> = {}): NodePorts {
  const mustNotBeCalled = (name: string) => () => {
    throw new Error(`${name} must not be called`);
  };
  return {
    ...sharedPorts(),
    submitReports: async (reports) => accept(reports),
    submitRegistration: async (bytes) => accept([bytes])[0] as Verdict,
    submitRevocation: async (bytes) => ({ id: sha256Hash(bytes), status: 'refused', code: 'signer-not-allowed' }),
    awaitCertified: mustNotBeCalled('awaitCertified'),
    reportFate: async () => ({ status: 'unknown' }),
    status: () => aStatus(),
    syncBlocks: mustNotBeCalled('syncBlocks'),
    ...parts,
  };
}

export function aStatus(parts: Partial<NodeStatus> = {}): NodeStatus {
  const genesis = aGenesis();
  return {
    member: 0,
    name: 'node-0',
    height: 7,
    view: 0,
    epoch: 0,
    blockTime: 1_700_000_001_000,
    isSyncing: false,
    halted: null,
    snapshotHeight: null,
    pendingItems: 0,
    startedAt: 1_700_000_000_500,
    members: genesis.members.map(({ name, identityKey }, index) => ({
      index,
      name,
      identityKey,
      isConnected: index < 3,
      lastVotedHeight: index < 3 ? 6 : null,
      votes: { present: 6, window: 7 },
    })),
    ...parts,
  };
}

export function aRound(height: number, parts: { feed?: string; group?: string; windowStart?: number } = {}): Round {
  const attestation = aResultAttestation(parts.windowStart ?? height * 60_000, parts);
  const { subject } = attestation;
  if (subject.kind !== 'result') throw new Error('a result was made');
  return { height, position: 0, result: subject.result, attestation };
}

/** An archive in memory: rounds are added by `certify`, which tells the subscribers. */
export class FakeArchive {
  readonly rounds: Round[] = [];
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  readonly feed: FeedDefinition;

  constructor(parts: { readonly feed?: FeedDefinition } = {}) {
    this.feed = parts.feed ?? aFeed();
  }

  certify(...rounds: readonly Round[]): void {
    for (const round of rounds) {
      this.rounds.push(round);
      const { height, position, result } = round;
      const { feed, group, windowStart, windowEnd, status } = result;
      this.tell({ topic: 'round', height, position, feed, group, windowStart, windowEnd, status });
      this.tell({ topic: 'block', height, hash: hashOf(`${height}`), time: height, reports: 1, results: 1 });
    }
  }

  tell(event: ApiEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  ports(parts: Partial<AttestationPorts> = {}): AttestationPorts {
    const of = (series: Series) =>
      this.rounds.filter(({ result }) => result.feed === series.feed && result.group === series.group);
    const height = () => this.rounds.at(-1)?.height ?? 7;
    return {
      ...sharedPorts({ feeds: () => [this.feed] }),
      position: () => ({ height: height(), epoch: 0, time: 1, anchoredSize: 5 }),
      anchorChain: () => 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG',
      participation: () => ({ window: 10, members: [{ index: 0, votes: 9, lastVotedHeight: 6 }] }),
      groups: ({ feed, limit }) =>
        [...new Set(this.rounds.map((round) => round.result.group))].slice(0, limit).map((group) => {
          const all = of({ feed, group });
          return { group, results: all.length, latest: all.at(-1) as Round };
        }),
      latestRound: (series) => of(series).at(-1) ?? null,
      round: ({ windowStart, ...series }) => of(series).find((each) => each.result.windowStart === windowStart) ?? null,
      roundAt: ({ at, ...series }) =>
        of(series).find(({ result }) => result.windowStart <= at && at < result.windowEnd) ?? null,
      rounds: ({ from, to, limit, ...series }) =>
        of(series)
          .filter(({ result }) => from <= result.windowStart && result.windowStart < to)
          .reverse()
          .slice(0, limit),
      awaitRound: ({ after, signal, ...series }) => this.#await(() => of(series), after, signal),
      roundsAfter: ({ height, position, limit }) =>
        this.rounds
          .filter((round) => round.height > height || (round.height === height && round.position > position))
          .slice(0, limit),
      block: (asked) => (asked > height() ? null : this.#block(asked)),
      reportFate: (id) =>
        id.startsWith('a') ? { status: 'certified', height: 3, code: 'accepted' } : { status: 'unknown' },
      reportAttestation: (id) => (id.startsWith('a') ? anAttestation() : null),
      checkpoint: (size) => (size !== null && size > 8 ? null : aCheckpoint(size ?? 8)),
      consistency: ({ firstSize, secondSize }) =>
        secondSize > 8
          ? null
          : { firstSize, firstRoot: hashOf('1'), secondSize, secondRoot: hashOf('2'), proof: [hashOf('3')] },
      anchors: ({ limit }) => [anAnchor()].slice(0, limit),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      ...parts,
    };
  }

  #await(rounds: () => readonly Round[], after: number, signal: AbortSignal): Promise<Round | null> {
    const { promise, resolve } = Promise.withResolvers<Round | null>();
    const look = () => {
      const found = rounds().find((round) => round.result.windowStart > after);
      if (found === undefined && !signal.aborted) return;
      this.#listeners.delete(look);
      resolve(found ?? null);
    };
    this.#listeners.add(look);
    signal.addEventListener('abort', look);
    look();
    return promise;
  }

  #block(height: number): ArchivedBlock {
    const genesis = aGenesis();
    return {
      header: encodeHeader({ ...genesisHeader(genesis), height }),
      hash: hashOf(`${height}`),
      certified: null,
      note: height === 0 ? null : 'a note\n',
      results: this.rounds.filter((round) => round.height === height).map((round) => round.result),
      receipts: { accepted: 3, stale: 1 },
    };
  }
}

function aCheckpoint(treeSize: number): ArchivedCheckpoint {
  return { treeSize, root: hashOf('root'), headerHash: hashOf('header'), note: `note of ${treeSize}\n` };
}

export function anAnchor(): AnchorView {
  return {
    transaction: '5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnb',
    chain: 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG',
    status: 'finalized',
    treeSize: 5,
    root: hashOf('root'),
    headerHash: hashOf('header'),
    note: 'note of 5\n',
    slot: 99,
    blockTime: null,
    submittedAt: 1_700_000_000_000,
    attempt: 1,
    feeLamports: 10_000,
  };
}
