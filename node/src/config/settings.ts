import { LOG_LEVELS } from '@cairn/telemetry';
import { durationMs } from './duration.ts';

/** How the text or YAML value of a setting is read. @returns undefined for what it cannot take. */
export interface SettingKind<T> {
  /** Said when a value is refused. */
  readonly takes: string;
  readonly read: (value: unknown) => T | undefined;
}

export interface Setting<T> {
  readonly kind: SettingKind<T>;
  readonly default: T;
  /** After CAIRN_; absent: not from the environment. */
  readonly env?: string;
  /** As commander writes it; absent: no flag. */
  readonly flag?: string;
  readonly help: string;
}

const path: SettingKind<string | null> = {
  takes: 'a path',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};
const text: SettingKind<string | null> = {
  takes: 'a name of at most 64 characters',
  read: (value) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined),
};
const duration: SettingKind<string> = {
  takes: 'a duration such as 100ms or 5s',
  read: (value) => (typeof value === 'string' && durationMs(value) !== undefined ? value : undefined),
};
const addresses: SettingKind<readonly string[]> = {
  takes: 'TCP multiaddrs such as /ip4/127.0.0.1/tcp/4001',
  read: (value) => {
    const list = typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value;
    const isList =
      Array.isArray(list) && list.length <= 8 && list.every((entry) => /^\/\S+\/tcp\/\d+/.test(String(entry)));
    return isList ? list.map(String) : undefined;
  },
};
const peers: SettingKind<Readonly<Record<string, readonly string[]>>> = {
  takes: 'a list of addresses for each member name',
  read: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([name, list]) => [name, addresses.read(list)] as const);
    const known = entries.filter((entry): entry is [string, readonly string[]] => entry[1] !== undefined);
    return known.length === entries.length ? Object.fromEntries(known) : undefined;
  },
};

const ENDPOINT = /^(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})$/;
const endpoint: SettingKind<string> = { takes: 'host:port', read: endpointText };
const endpointOrNone: SettingKind<string | null> = { takes: 'host:port', read: endpointText };

function endpointText(value: unknown): string | undefined {
  const port = typeof value === 'string' ? ENDPOINT.exec(value)?.[2] : undefined;
  return port !== undefined && Number(port) <= 65_535 ? (value as string) : undefined;
}

function integer(min: number, max: number): SettingKind<number> {
  return {
    takes: `an integer from ${min} to ${max}`,
    read: (value) => {
      const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max
        ? number
        : undefined;
    },
  };
}

function oneOf<const W extends string>(words: readonly W[]): SettingKind<W> {
  return { takes: `one of ${words.join(', ')}`, read: (value) => words.find((word) => word === value) };
}

function setting<T>(kind: SettingKind<T>, value: T, rest: Omit<Setting<T>, 'kind' | 'default'>): Setting<T> {
  return { kind, default: value, ...rest };
}

/** Every choice of an operator: its name in the file, in the environment and on the command line. */
export const SETTINGS = {
  data: setting(path as SettingKind<string>, './cairn-data', {
    env: 'DATA',
    flag: '--data <dir>',
    help: 'directory of keys and chain',
  }),
  name: setting(text, null, {
    env: 'NAME',
    flag: '--name <name>',
    help: 'name in logs; default the name in the genesis document',
  }),
  genesis: setting(path, null, {
    env: 'GENESIS',
    flag: '--genesis <file>',
    help: 'genesis document; default genesis.json in the data directory',
  }),
  draft: setting(path, null, {
    env: 'DRAFT',
    flag: '--draft <file>',
    help: 'draft genesis; default draft.json in the data directory',
  }),
  passphraseFile: setting(path, null, {
    env: 'PASSPHRASE_FILE',
    flag: '--passphrase-file <file>',
    help: 'file with the passphrase of the key files; default passphrase in the data directory',
  }),
  'p2p.listen': setting(addresses, ['/ip4/127.0.0.1/tcp/4001'], {
    env: 'P2P_LISTEN',
    flag: '--p2p-listen <multiaddr>',
    help: 'where other members reach this one',
  }),
  'p2p.peers': setting(peers, {}, { help: 'addresses of members by name, instead of those in the genesis document' }),
  'http.listen': setting(endpoint, '127.0.0.1:8080', {
    env: 'HTTP_LISTEN',
    flag: '--http-listen <host:port>',
    help: 'intake and status; port 0 takes any free one',
  }),
  'http.requestsPerSecond': setting(integer(0, 1_000_000), 1000, {
    env: 'HTTP_REQUESTS_PER_SECOND',
    help: 'requests of one client address; 0: no limit',
  }),
  'metrics.listen': setting(endpointOrNone, null, {
    env: 'METRICS_LISTEN',
    flag: '--metrics-listen <host:port>',
    help: 'a second place for /metrics and health, beside http.listen',
  }),
  'log.level': setting(oneOf(LOG_LEVELS), 'info', {
    env: 'LOG_LEVEL',
    flag: '--log-level <level>',
    help: LOG_LEVELS.join(', '),
  }),
  'log.format': setting(oneOf(['auto', 'json', 'pretty']), 'auto', {
    env: 'LOG_FORMAT',
    flag: '--log-format <format>',
    help: 'auto, json or pretty; auto is pretty on a terminal',
  }),
  batchInterval: setting(duration, '100ms', {
    env: 'BATCH_INTERVAL',
    help: 'longest wait before accepted reports leave in a batch',
  }),
  cryptoThreads: setting(integer(0, 64), 0, {
    env: 'CRYPTO_THREADS',
    help: 'threads that verify signatures; 0: by the number of cores',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The effective value of every setting. */
export type Settings = { readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never };
