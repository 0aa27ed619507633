import { CairnError } from '@cairn/primitives';
import { MEMBERS_MAX } from '@cairn/protocol';
import { durationMs } from '../config/duration.ts';

/** What `cairn devnet` is asked for, as checked. */
export interface DevnetOptions {
  readonly nodes: number;
  readonly dataDir: string;
  readonly isClean: boolean;
  /** Ends by itself when this is reached. */
  readonly until: 'anchored' | null;
  /** For `until` only. */
  readonly timeoutMs: number;
  /** CSV of readings for the air-quality feed. */
  readonly replayFile: string | null;
  /** Devices that report this machine. */
  readonly devices: number;
  /** JSON lines of progress instead of text; the summary is JSON anyway. */
  readonly isJson: boolean;
  /** First of the ports; 0: any free ones. */
  readonly portBase: number;
  readonly anchorInterval: string;
}

export const defaultDevnetOptions = {
  nodes: 4,
  dataDir: '.cairn/devnet',
  timeoutMs: 180_000,
  devices: 1,
  portBase: 8080,
  anchorInterval: '5s',
} as const;

/** As commander gives them. */
export interface DevnetFlags {
  readonly nodes?: string;
  readonly data?: string;
  readonly clean?: boolean;
  readonly until?: string;
  readonly timeout?: string;
  readonly replay?: string;
  readonly devices?: string;
  readonly json?: boolean;
  readonly portBase?: string;
  readonly anchorInterval?: string;
}

const DEVICES_MAX = 64;
const NODES_MAX = Math.min(31, MEMBERS_MAX);
const TIMEOUT_MS_MAX = 86_400_000;

/** @throws DEVNET_OPTION_INVALID */
export function readDevnetOptions(flags: DevnetFlags): DevnetOptions {
  const { until = null } = flags;
  if (until !== null && until !== 'anchored') throw invalid('--until takes `anchored`');
  const defaults = defaultDevnetOptions;
  return {
    nodes: integer('--nodes', flags.nodes, { min: 1, max: NODES_MAX, otherwise: defaults.nodes }),
    dataDir: flags.data ?? defaults.dataDir,
    isClean: flags.clean === true,
    until,
    timeoutMs: flags.timeout === undefined ? defaults.timeoutMs : timeout(flags.timeout),
    replayFile: flags.replay ?? null,
    devices: integer('--devices', flags.devices, { min: 0, max: DEVICES_MAX, otherwise: defaults.devices }),
    isJson: flags.json === true,
    portBase: integer('--port-base', flags.portBase, { min: 0, max: 65_000, otherwise: defaults.portBase }),
    anchorInterval: flags.anchorInterval ?? defaults.anchorInterval,
  };
}

function integer(
  flag: string,
  text: string | undefined,
  { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(`${flag} takes an integer from ${min} to ${max}`);
}

/** A duration as all commands take it; a bare number is seconds, as it was before they did. */
function timeout(text: string): number {
  const value = durationMs(/^\d+$/.test(text) ? `${text}s` : text) ?? 0;
  if (value >= 1000 && value <= TIMEOUT_MS_MAX) return value;
  throw invalid('--timeout takes a duration such as 90s or 5m, or seconds, from 1s to 1d');
}

function invalid(message: string): CairnError {
  return new CairnError('DEVNET_OPTION_INVALID', message);
}
