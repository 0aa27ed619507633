import { createSigner, sha256Hash } from '@cairn/crypto';
import { type Hash, toHash, utf8 } from '@cairn/primitives';
import { type Attestation, type FeedDefinition, type Genesis, RULES_VERSION } from '@cairn/protocol';
import type { NodePorts, NodeStatus, Verdict } from '../node-ports.ts';
import type { Health, SharedPorts } from '../shared-ports.ts';

/** For tests only: one constructor per thing, everything defaulted. */
export function hashOf(text: string): Hash {
  return sha256Hash(utf8(text));
}

const key = (index: number) => createSigner(new Uint8Array(32).fill(index + 1)).publicKey;

export function aFeed(parts: Partial<FeedDefinition> = {}): FeedDefinition {
  return {
    id: 'air',
    title: 'Air quality',
    channels: [
      {
        name: 'pm25',
        unit: 'ug/m3',
        exponent: -1,
        min: 0,
        max: 10_000,
        stepPerMinuteMax: null,
        aggregates: ['median'],
      },
    ],
    windowMs: 60_000,
    graceMs: 5000,
    freshnessMs: 600_000,
    devicesMin: 1,
    madFactorMilli: 3500,
    groupResolution: null,
    registrars: [key(50)],
    open: false,
    groupsAllowed: null,
    deviceReportsMax: 10,
    moveCellsPerHourMax: null,
    ...parts,
  };
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

export function sharedPorts(parts: Partial<SharedPorts> = {}): SharedPorts {
  const genesis = aGenesis();
  return {
    genesis: () => genesis,
    feeds: () => genesis.feeds,
    position: () => ({ height: 7, epoch: 0, time: 1_700_000_001_000 }),
    health: () => healthy,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: '# HELP cairn_up Up.\n' }),
    evidence: () => [{ id: hashOf('e'), member: 2, kind: 'two-proposals', height: 3, bytes: Uint8Array.of(9) }],
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
