import type { UnixMs } from '@cairn/primitives';

/** How long the sparkline remembers, one count per second. */
export const RATE_SECONDS_MAX = 300;
export const WARNINGS_MAX = 100;

export type DevnetPhase = 'preparing' | 'ceremony' | 'starting' | 'running' | 'stopping';

/** Steps of key generation, in order. `done` also when the key was there from an earlier start. */
export const CEREMONY_STEPS = ['waiting', 'connecting', 'dealt', 'shared', 'confirmed', 'done'] as const;
export type CeremonyStep = (typeof CEREMONY_STEPS)[number] | 'aborted';

/** One committee member, as its own status page tells. */
export interface MemberView {
  readonly name: string;
  readonly ceremony: CeremonyStep;
  readonly process: 'waiting' | 'up' | 'down';
  /** Null until its status page has answered. */
  readonly status: MemberStatusView | null;
}

export interface MemberStatusView {
  readonly height: number;
  readonly view: number;
  readonly isSyncing: boolean;
  readonly halted: string | null;
  readonly pendingItems: number;
  readonly peersConnected: number;
  /** Its votes among the last certificates, as most members saw them. */
  readonly votes: { readonly present: number; readonly window: number };
}

export interface ReadingView {
  readonly channel: string;
  readonly unit: string;
  /** Which aggregate it is, e.g. `median`. */
  readonly kind: string;
  /** Decimal text, scaled by the exponent; null when the rules gave no number. */
  readonly value: string | null;
}

export interface ResultView {
  readonly feed: string;
  readonly group: string;
  readonly windowEnd: UnixMs;
  readonly status: string;
  readonly reports: number;
  readonly devices: number;
  readonly isAnchored: boolean;
  readonly readings: readonly ReadingView[];
}

export interface AnchorView {
  readonly treeSize: number;
  readonly slot: number;
  /** Base58 signature of the transaction. */
  readonly transaction: string;
  readonly confirmedAt: UnixMs;
}

export interface WarningView {
  readonly at: UnixMs;
  readonly source: string;
  readonly text: string;
}

/** Everything that the live view shows. A plain value: whoever observes makes the next one. */
export interface DevnetState {
  readonly now: UnixMs;
  readonly startedAt: UnixMs;
  readonly phase: DevnetPhase;
  readonly networkName: string;
  readonly networkId: string | null;
  readonly groupKey: string | null;
  /** Signature shares that make a signature. */
  readonly threshold: number;
  /** How long key generation took; null while it runs, and when the key was there already. */
  readonly ceremonyMs: number | null;
  readonly isKeyFromEarlierStart: boolean;
  readonly height: number;
  readonly view: number;
  readonly blockTime: UnixMs | null;
  /** Reports in certified blocks since this start. */
  readonly reports: number;
  /** Reports certified in each past second, the newest last. */
  readonly reportsPerSecond: readonly number[];
  readonly members: readonly MemberView[];
  readonly results: readonly ResultView[];
  readonly anchor: AnchorView | null;
  readonly anchorCount: number;
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly warnings: readonly WarningView[];
  readonly dataDir: string;
}

/** @returns the state before anything happened. */
export function initialDevnetState(
  options: Pick<DevnetState, 'now' | 'networkName' | 'threshold' | 'dataDir'> & {
    readonly memberNames: readonly string[];
  },
): DevnetState {
  const { memberNames, ...given } = options;
  return {
    ...given,
    startedAt: given.now,
    phase: 'preparing',
    networkId: null,
    groupKey: null,
    ceremonyMs: null,
    isKeyFromEarlierStart: false,
    height: 0,
    view: 0,
    blockTime: null,
    reports: 0,
    reportsPerSecond: [],
    members: memberNames.map((name) => ({ name, ceremony: 'waiting', process: 'waiting', status: null })),
    results: [],
    anchor: null,
    anchorCount: 0,
    links: [],
    warnings: [],
  };
}
