/** Which process shows a metric. */
export type Role = 'node' | 'aggregator';

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/**
 * The values a label may take: a closed list; `memberIndex`, a committee index below 1,024; or `bounded`, names that
 * the genesis document or the routes fix, of which the first 128 are kept and the rest become `other`.
 * Never a device id, a hash, or anything that a peer chooses.
 */
export type LabelValues = readonly string[] | 'memberIndex' | 'bounded';

export interface MetricDefinition {
  readonly kind: MetricKind;
  readonly roles: readonly Role[];
  /** One sentence without a full stop, as Prometheus shows it. */
  readonly help: string;
  readonly labels?: Readonly<Record<string, LabelValues>>;
  /** Upper bounds of a histogram, ascending, in the unit of the name. */
  readonly buckets?: readonly number[];
}

export type MetricTable = Readonly<Record<string, MetricDefinition>>;

export const NODE = ['node'] as const;
export const AGGREGATOR = ['aggregator'] as const;
export const BOTH = ['node', 'aggregator'] as const;

/** Seconds from a tenth of a millisecond to five: work on the processor and the disk. */
export const WORK_SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5] as const;
/** Seconds from five milliseconds to half a minute: whatever waits for other machines. */
export const WAIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30] as const;
export const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20_000] as const;
export const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] as const;
