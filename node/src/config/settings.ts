import {
  addresses,
  duration,
  endpoint,
  integer,
  path,
  peers,
  type SettingKind,
  type SettingsOf,
  setting,
  text,
} from './setting-kinds.ts';
import { LOG_SETTINGS, SERVING_SETTINGS } from './shared-settings.ts';

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
  snapshotCheckpoint: setting(path, null, {
    env: 'SNAPSHOT_CHECKPOINT',
    flag: '--snapshot-checkpoint <file>',
    help: 'with an empty data directory: start from a snapshot that is consistent with this signed note',
  }),
  'p2p.listen': setting(addresses, ['/ip4/127.0.0.1/tcp/4001'], {
    env: 'P2P_LISTEN',
    flag: '--p2p-listen <multiaddr>',
    help: 'where other members reach this one',
  }),
  'p2p.peers': setting(peers, {}, { help: 'addresses of members by name, instead of those in the genesis document' }),
  'dkg.run': setting(integer(0, 999_999), 0, {
    env: 'DKG_RUN',
    help: 'attempt of the key ceremony that cairn run takes part in; after an aborted one all members raise it by one',
  }),
  'http.listen': setting(endpoint, '127.0.0.1:8080', {
    env: 'HTTP_LISTEN',
    flag: '--http-listen <host:port>',
    help: 'intake and status; port 0 takes any free one',
  }),
  ...SERVING_SETTINGS,
  ...LOG_SETTINGS,
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

/** The effective value of every setting of a member. */
export type Settings = SettingsOf<typeof SETTINGS>;
