import { LOG_LEVELS } from '@cairn/telemetry';

/** A choice of an aggregator's operator. Flags go before CAIRN_ variables, those before aggregator.yaml, that before the default. */
export interface AggregatorSetting {
  /** Read as text everywhere; lists of the file are joined by commas. */
  readonly pattern: RegExp;
  readonly takes: string;
  readonly default: string | null;
  /** After CAIRN_. */
  readonly env: string;
  /** As commander writes it. */
  readonly flag: string;
  readonly help: string;
}

const ENDPOINT = /^(?:\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/;
const ANY = /^.{1,4096}$/s;
const DURATION = /^\d{1,9}(?:ms|s|m|h|d)$/;
const INTEGER = /^\d{1,9}$/;

export const AGGREGATOR_SETTINGS = {
  data: {
    pattern: ANY,
    takes: 'a path',
    default: './cairn-aggregator',
    env: 'DATA',
    flag: '--data <dir>',
    help: 'directory of the archive',
  },
  name: {
    pattern: /^[\w.-]{1,64}$/,
    takes: 'a name of at most 64 characters',
    default: 'aggregator',
    env: 'NAME',
    flag: '--name <name>',
    help: 'name in logs',
  },
  genesis: {
    pattern: ANY,
    takes: 'a path',
    default: null,
    env: 'GENESIS',
    flag: '--genesis <file>',
    help: 'genesis document (JSON, CBOR or hex); default genesis.json in the data directory',
  },
  networkId: {
    pattern: /^[0-9a-f]{64}$/,
    takes: '64 hex digits',
    default: null,
    env: 'NETWORK_ID',
    flag: '--network-id <hex>',
    help: 'the network that you trust; without a genesis file the document is asked of the sources',
  },
  sources: {
    pattern: /^https?:\/\/[^\s,]+(?:\s*,\s*https?:\/\/[^\s,]+)*$/,
    takes: 'http(s) addresses of nodes, separated by commas',
    default: null,
    env: 'SOURCES',
    flag: '--sources <urls>',
    help: 'nodes to follow, none of them trusted',
  },
  'http.listen': {
    pattern: ENDPOINT,
    takes: 'host:port',
    default: '127.0.0.1:8090',
    env: 'HTTP_LISTEN',
    flag: '--http-listen <host:port>',
    help: 'the public API; port 0 takes any free one',
  },
  'http.requestsPerSecond': {
    pattern: INTEGER,
    takes: 'an integer',
    default: '1000',
    env: 'HTTP_REQUESTS_PER_SECOND',
    flag: '--http-requests-per-second <n>',
    help: 'requests of one client address; 0: no limit',
  },
  'metrics.listen': {
    pattern: ENDPOINT,
    takes: 'host:port',
    default: null,
    env: 'METRICS_LISTEN',
    flag: '--metrics-listen <host:port>',
    help: 'a second place for /metrics and health',
  },
  rpcUrl: {
    pattern: /^(?:embedded|none|https?:\/\/\S+)$/,
    takes: 'a Solana JSON-RPC address, embedded or none',
    default: 'embedded',
    env: 'RPC_URL',
    flag: '--rpc-url <url>',
    help: 'where checkpoints are anchored; embedded: a local chain; none: nowhere',
  },
  embeddedPort: {
    pattern: /^\d{1,5}$/,
    takes: 'a port',
    default: '0',
    env: 'EMBEDDED_PORT',
    flag: '--embedded-port <port>',
    help: 'JSON-RPC port of the embedded chain; 0: any free one',
  },
  anchorInterval: {
    pattern: DURATION,
    takes: 'a duration such as 30s',
    default: '30s',
    env: 'ANCHOR_INTERVAL',
    flag: '--anchor-interval <duration>',
    help: 'how often the newest checkpoint is anchored',
  },
  airdropLamports: {
    pattern: INTEGER,
    takes: 'lamports',
    default: '0',
    env: 'AIRDROP_LAMPORTS',
    flag: '--airdrop-lamports <n>',
    help: 'asked of a test chain when the fee payer has too little; 0: never',
  },
  feePayer: {
    pattern: ANY,
    takes: 'a path',
    default: null,
    env: 'FEE_PAYER_FILE',
    flag: '--fee-payer <file>',
    help: 'Solana id.json that pays; default fee-payer.json in the data directory, made when missing',
  },
  'log.level': {
    pattern: new RegExp(`^(?:${LOG_LEVELS.join('|')})$`),
    takes: `one of ${LOG_LEVELS.join(', ')}`,
    default: 'info',
    env: 'LOG_LEVEL',
    flag: '--log-level <level>',
    help: LOG_LEVELS.join(', '),
  },
  'log.format': {
    pattern: /^(?:auto|json|pretty)$/,
    takes: 'auto, json or pretty',
    default: 'auto',
    env: 'LOG_FORMAT',
    flag: '--log-format <format>',
    help: 'auto is pretty on a terminal',
  },
} as const satisfies Readonly<Record<string, AggregatorSetting>>;

export type AggregatorSettingName = keyof typeof AGGREGATOR_SETTINGS;

/** The effective value of each setting, as text of the form that its pattern takes. */
export type AggregatorSettings = {
  readonly [Name in AggregatorSettingName]: (typeof AGGREGATOR_SETTINGS)[Name]['default'] extends string
    ? string
    : string | null;
};
