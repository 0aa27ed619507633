import type { SettingsProfile } from '../config/load-settings.ts';
import {
  duration,
  endpoint,
  hash,
  integer,
  path,
  rpcUrl,
  type SettingKind,
  type SettingsOf,
  setting,
  sourceUrls,
  text,
} from '../config/setting-kinds.ts';
import { LOG_SETTINGS, SERVING_SETTINGS } from '../config/shared-settings.ts';

/** Every choice of an aggregator's operator. */
export const AGGREGATOR_SETTINGS = {
  data: setting(path as SettingKind<string>, './cairn-aggregator', {
    env: 'DATA',
    flag: '--data <dir>',
    help: 'directory of the archive',
  }),
  name: setting(text as SettingKind<string>, 'aggregator', {
    env: 'NAME',
    flag: '--name <name>',
    help: 'name in logs',
  }),
  genesis: setting(path, null, {
    env: 'GENESIS',
    flag: '--genesis <file>',
    help: 'genesis document (JSON, CBOR or hex); default genesis.json in the data directory',
  }),
  draft: setting(path, null, {
    env: 'DRAFT',
    flag: '--draft <file>',
    help: 'draft genesis of the members; until they have made their key, they are waited for. Default draft.json in the data directory',
  }),
  networkId: setting(hash, null, {
    env: 'NETWORK_ID',
    flag: '--network-id <hex>',
    help: 'the network that you trust; without a genesis file the sources are asked for the document',
  }),
  sources: setting(sourceUrls, [], {
    env: 'SOURCES',
    flag: '--sources <urls>',
    help: 'nodes to follow, separated by commas; none of them is trusted',
  }),
  'http.listen': setting(endpoint, '127.0.0.1:8090', {
    env: 'HTTP_LISTEN',
    flag: '--http-listen <host:port>',
    help: 'the public API; port 0 takes any free one',
  }),
  ...SERVING_SETTINGS,
  rpcUrl: setting(rpcUrl, 'embedded', {
    env: 'RPC_URL',
    flag: '--rpc-url <url>',
    help: 'where checkpoints are anchored; embedded: a local chain; none: nowhere',
  }),
  embeddedPort: setting(integer(0, 65_535), 0, {
    env: 'EMBEDDED_PORT',
    flag: '--embedded-port <port>',
    help: 'JSON-RPC port of the embedded chain; 0 takes any free one',
  }),
  anchorInterval: setting(duration, '30s', {
    env: 'ANCHOR_INTERVAL',
    flag: '--anchor-interval <duration>',
    help: 'how often the newest checkpoint is anchored',
  }),
  airdropLamports: setting(integer(0, 999_999_999), 0, {
    env: 'AIRDROP_LAMPORTS',
    flag: '--airdrop-lamports <n>',
    help: 'asked of a test chain when the fee payer has too little; 0: never',
  }),
  feePayerFile: setting(path, null, {
    env: 'FEE_PAYER_FILE',
    flag: '--fee-payer <file>',
    help: 'Solana id.json that pays; default fee-payer.json in the data directory, made when missing',
  }),
  ...LOG_SETTINGS,
} as const;

export type AggregatorSettings = SettingsOf<typeof AGGREGATOR_SETTINGS>;

export const AGGREGATOR_PROFILE: SettingsProfile<typeof AGGREGATOR_SETTINGS> = {
  table: AGGREGATOR_SETTINGS,
  fileName: 'aggregator.yaml',
};
