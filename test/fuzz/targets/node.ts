// Files and texts of an operator: a typing error gets a code and a remedy, not a stack.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPublicKey, utf8 } from '@cairn/primitives';
import { feedFixture } from '@cairn/verify/fixture';
import { durationMs } from '../../../node/src/config/duration.ts';
import { loadSettings, MEMBER_PROFILE } from '../../../node/src/config/load-settings.ts';
import { readCsv, splitCsvLine } from '../../../node/src/device-command/csv-readings.ts';
import { scaleDecimal } from '../../../node/src/device-command/scale-value.ts';
import { parseLogLine } from '../../../node/src/devnet/log-lines.ts';
import { makeDraft } from '../../../node/src/init-command/make-draft.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, isAcceptedLater, type Subject, stateless, type Target } from '../target.ts';

const CSV = `timestamp,station,pm25,"note, long"
1700000000,a,12.5,x
1700000060000,b,-3,"said ""so"""
2023-11-14T22:13:20Z,a,1e3,
`;

const YAML = `schemaVersion: 1
# where it listens
name: node-0
p2p:
  listen: [/ip4/127.0.0.1/tcp/4001]
  peers:
    node-1: [/ip4/127.0.0.1/tcp/4002]
http: { listen: 127.0.0.1:8080, requestsPerSecond: 10 }
log.level: info
batchInterval: 100ms
`;

/** A file of its own, written anew for each input. */
function ofFile(
  name: string,
  sample: string,
  read: (path: string, directory: string) => boolean | Promise<boolean>,
): () => Subject {
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'cairn-fuzz-'));
    const path = join(directory, name);
    return {
      generate: inputsFrom('text', () => utf8(sample)),
      take: (input) => {
        writeFileSync(path, input);
        return read(path, directory);
      },
      close: () => rmSync(directory, { recursive: true, force: true }),
    };
  };
}

const channels = feedFixture().channels.slice(0, 1);
const mapping = {
  timestampColumn: 'timestamp',
  deviceColumn: 'station',
  values: new Map(channels.map(({ name }) => [name, 'pm25'])),
};
const members = [{ name: 'node-0', identityKey: toPublicKey('ab'.repeat(32)), addresses: ['/ip4/127.0.0.1/tcp/4001'] }];
const draftOptions = {
  networkName: 'x',
  viewTimeout: '1s',
  blockInterval: '200ms',
  epochBlocks: '100',
};

export const targets: readonly Target[] = [
  stateless('node/duration', () => ({
    generate: inputsFrom('text', (rng) => utf8(`${rng.integer(0, 9999)}${rng.pick(['ms', 's', 'm', 'h', 'd'])}`)),
    take: (input) => {
      const value = durationMs(Buffer.from(input).toString());
      if (value !== undefined && !Number.isSafeInteger(value)) throw new Broken('a duration that is none');
      return value !== undefined;
    },
  })),
  stateless('node/decimal', () => ({
    generate: inputsFrom('text', (rng) => utf8(`${rng.integer(-999, 999)}.${rng.integer(0, 999)}`)),
    take: (input, rng) => {
      const value = scaleDecimal(Buffer.from(input).toString(), rng.integer(-12, 12));
      if (value !== undefined && !Number.isSafeInteger(value)) throw new Broken('a reading that is no integer');
      return value !== undefined;
    },
  })),
  stateless('node/csv-line', () => ({
    generate: inputsFrom('text', (rng) => utf8(rng.pick(CSV.split('\n')))),
    take: (input) => splitCsvLine(Buffer.from(input).toString()).length > 0,
  })),
  stateless(
    'node/csv-file',
    ofFile('readings.csv', CSV, (path) => isAcceptedLater(() => readCsv(path, mapping, channels))),
    0.02,
  ),
  stateless('node/log-line', () => ({
    generate: inputsFrom('json', () => utf8('{"level":30,"time":1,"msg":"block certified","height":3}')),
    take: (input) => parseLogLine(Buffer.from(input).toString()) !== null,
  })),
  stateless(
    'node/settings-file',
    ofFile('node.yaml', YAML, (path, data) =>
      isAccepted(() => loadSettings(MEMBER_PROFILE, { flags: { data }, environment: {}, configFile: path })),
    ),
    0.05,
  ),
  stateless(
    'node/feeds-file',
    ofFile('feeds.yaml', JSON.stringify([feedFixture()], null, 1), (feeds) =>
      isAccepted(() => makeDraft(members, { ...draftOptions, feeds } as never, 1_700_000_000_000)),
    ),
    0.05,
  ),
];
