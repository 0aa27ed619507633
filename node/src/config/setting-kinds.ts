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

export const path: SettingKind<string | null> = {
  takes: 'a path',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};
export const text: SettingKind<string | null> = {
  takes: 'a name of at most 64 characters',
  read: (value) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined),
};
export const duration: SettingKind<string> = {
  takes: 'a duration such as 100ms or 5s',
  read: (value) => (typeof value === 'string' && durationMs(value) !== undefined ? value : undefined),
};
export const addresses: SettingKind<readonly string[]> = {
  takes: 'TCP multiaddrs such as /ip4/127.0.0.1/tcp/4001',
  read: (value) => {
    const list = typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value;
    const isList =
      Array.isArray(list) && list.length <= 8 && list.every((entry) => /^\/\S+\/tcp\/\d+/.test(String(entry)));
    return isList ? list.map(String) : undefined;
  },
};
export const peers: SettingKind<Readonly<Record<string, readonly string[]>>> = {
  takes: 'a list of addresses for each member name',
  read: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([name, list]) => [name, addresses.read(list)] as const);
    const known = entries.filter((entry): entry is [string, readonly string[]] => entry[1] !== undefined);
    return known.length === entries.length ? Object.fromEntries(known) : undefined;
  },
};

const ENDPOINT = /^(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})$/;
export const endpoint: SettingKind<string> = { takes: 'host:port', read: endpointText };
export const endpointOrNone: SettingKind<string | null> = { takes: 'host:port', read: endpointText };

function endpointText(value: unknown): string | undefined {
  const port = typeof value === 'string' ? ENDPOINT.exec(value)?.[2] : undefined;
  return port !== undefined && Number(port) <= 65_535 ? (value as string) : undefined;
}

export function integer(min: number, max: number): SettingKind<number> {
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

export function oneOf<const W extends string>(words: readonly W[]): SettingKind<W> {
  return { takes: `one of ${words.join(', ')}`, read: (value) => words.find((word) => word === value) };
}

export function setting<T>(kind: SettingKind<T>, value: T, rest: Omit<Setting<T>, 'kind' | 'default'>): Setting<T> {
  return { kind, default: value, ...rest };
}

export const sourceUrls: SettingKind<readonly string[]> = {
  takes: 'http(s) addresses of nodes',
  read: (value) => {
    const list = typeof value === 'string' ? value.split(',').map((entry) => entry.trim()) : value;
    const isList =
      Array.isArray(list) && list.length <= 64 && list.every((entry) => /^https?:\/\/\S+$/.test(String(entry)));
    return isList ? list.map(String) : undefined;
  },
};
export const rpcUrl: SettingKind<string> = {
  takes: 'a Solana JSON-RPC address, embedded or none',
  read: (value) => (typeof value === 'string' && /^(?:embedded|none|https?:\/\/\S+)$/.test(value) ? value : undefined),
};
export const hash: SettingKind<string | null> = {
  takes: '64 hex digits',
  read: (value) => (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined),
};

/** Settings of one program by their dotted names. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The effective value of every setting of a table. */
export type SettingsOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never;
};
