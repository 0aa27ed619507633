import { CairnError, type UnixMs } from '@cairn/primitives';
import type { DeviceErrorCode } from './errors.ts';

/** What a device needs of the machine it runs on; passed in, so that tests own the clock. */
export interface DeviceHost {
  nowMs(): UnixMs;
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1), for jitter only. */
  random(): number;
  readonly fetch: typeof fetch;
}

/** Every bound of a device. None decides validity. */
export interface DeviceOptions {
  /** Unsent reports that are kept. */
  readonly queueMax: number;
  /** A full queue drops its oldest report, or refuses the new one. */
  readonly whenFull: 'drop-oldest' | 'refuse-new';
  /** Sequence numbers taken from the store at once: so many may be skipped after a crash. */
  readonly seqReserve: number;
  /** Reports of one request. */
  readonly reportsPerRequest: number;
  readonly requestTimeoutMs: number;
  /** First pause after a failure; doubles up to the maximum. Half of each pause is random. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  /** A report is settled when a gateway has it on disk, or only when a verified attestation shows it in a block. */
  readonly settle: 'acknowledged' | 'certified';
  /** How long a gateway is asked to wait for the block; for `certified` only. */
  readonly certifiedWaitMs: number;
  /** A report that is refused for a passing reason is tried until it is this old. */
  readonly retryAgeMsMax: number;
}

export const defaultDeviceOptions: DeviceOptions = {
  queueMax: 10_000,
  whenFull: 'drop-oldest',
  seqReserve: 1000,
  reportsPerRequest: 256,
  requestTimeoutMs: 15_000,
  retryMsMin: 500,
  retryMsMax: 60_000,
  settle: 'acknowledged',
  certifiedWaitMs: 10_000,
  retryAgeMsMax: 10 * 60_000,
};

/** @throws DEVICE_OPTIONS_INVALID */
export function withDefaults(options: Partial<DeviceOptions>): DeviceOptions {
  const all = { ...defaultDeviceOptions, ...options };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new CairnError<DeviceErrorCode>('DEVICE_OPTIONS_INVALID', `${name} is a positive integer`, { name });
    }
  }
  return all;
}
