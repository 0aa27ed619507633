import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Hash } from '@cairn/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Archive } from './archive.ts';
import { NodeStore } from './node-store.ts';
import { ChainFixture, fixtureGenesis } from './testing/chain-fixture.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDirectory();
});
afterEach(() => removeDirectory(dataDir));

const genesis = fixtureGenesis();
const open = (change: object = {}) => NodeStore.open({ dataDir, genesis, author: 1, ...change });
const refused = (code: string, meta: object = {}) =>
  expect.objectContaining({ code, meta: expect.objectContaining(meta) });
const database = (work: (db: DatabaseSync) => void) => {
  const db = new DatabaseSync(join(dataDir, 'cairn.sqlite'));
  work(db);
  db.close();
};

describe('one running instance a directory', () => {
  it('refuses a second one in the same process and names the first', () => {
    const store = open();
    expect(() => open()).toThrow(refused('STORAGE_LOCKED', { pid: process.pid }));
    expect(() => Archive.open({ dataDir, genesis })).toThrow(refused('STORAGE_LOCKED'));
    expect(openInChild(), 'after the refusal the lock still stands').toContain('STORAGE_LOCKED');
    store.close();
    open().close();
  });

  it('refuses a second process, and takes over from one that died', () => {
    const store = open();
    expect(openInChild()).toContain('STORAGE_LOCKED');
    store.close();
    expect(openInChild('SIGKILL')).toBe('opened');
    expect(readFileSync(join(dataDir, 'cairn.pid'), 'utf8')).not.toBe(`${process.pid}\n`);
    open().close();
  });

  it('lets readers in beside the writer, and takes no write from them', () => {
    const chain = new ChainFixture({}, genesis);
    const store = open();
    const reader = open({ readOnly: true });
    expect(reader.chain.tip().height).toBe(0);
    store.append([{ kind: 'certified', commit: chain.grow() }]);
    expect(reader.chain.tip().height).toBe(1);
    expect(() => reader.append([{ kind: 'halted', height: 1, reason: 'x' }])).toThrow(
      refused('STORAGE_READ_ONLY_INVALID'),
    );
    reader.close();
    store.close();
  });

  /** @returns what the child printed: `opened`, or the code of the refusal. */
  function openInChild(endBy: 'exit' | 'SIGKILL' = 'exit'): string {
    const script = fileURLToPath(new URL('./testing/open-child.ts', import.meta.url));
    return spawnSync(process.execPath, [script, dataDir, endBy], { encoding: 'utf8' }).stdout;
  }
});

describe('a directory is refused', () => {
  it('when it is of another network', () => {
    open().close();
    expect(() => open({ genesis: fixtureGenesis('other') })).toThrow(refused('STORAGE_NETWORK_MISMATCH'));
    open().close();
  });

  it('when it holds the store of another role', () => {
    open().close();
    expect(() => Archive.open({ dataDir, genesis })).toThrow(refused('STORAGE_ROLE_MISMATCH', { role: 'node' }));
  });

  it('when a newer release wrote it', () => {
    open().close();
    database((db) => db.exec('PRAGMA user_version = 99'));
    expect(() => open()).toThrow(refused('STORAGE_VERSION_UNKNOWN', { version: 99 }));
    expect(() => open({ readOnly: true })).toThrow(refused('STORAGE_VERSION_UNKNOWN'));
  });

  it('when it was written before the first release that lasts', () => {
    open().close();
    database((db) => db.exec('PRAGMA user_version = 2'));
    expect(() => open()).toThrow(refused('STORAGE_VERSION_UNKNOWN', { version: 2, oldest: 3 }));
  });

  it('when there is nothing to read', () => {
    expect(() => open({ readOnly: true })).toThrow(refused('STORAGE_DATA_MISSING'));
  });

  it('when the file is no database, or cannot be made', () => {
    writeFileSync(join(dataDir, 'cairn.sqlite'), 'not a database, and long enough to be looked at '.repeat(100));
    expect(() => open()).toThrow(refused('STORAGE_CORRUPT'));
    writeFileSync(join(dataDir, 'file'), '');
    expect(() => open({ dataDir: join(dataDir, 'file') })).toThrow(refused('STORAGE_IO_INVALID'));
  });

  it('and the lock is free again after a refusal', () => {
    open().close();
    expect(() => open({ genesis: fixtureGenesis('other') })).toThrow(refused('STORAGE_NETWORK_MISMATCH'));
    open().close();
  });
});

describe('durable settings', () => {
  it('are write-ahead log and a sync at every commit; files are for their owner only', () => {
    const store = open();
    database((db) => expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' }));
    expect(statSync(join(dataDir, 'cairn.pid')).mode & 0o777).toBe(0o600);
    store.close();
  });
});

// Goal: no damaged byte is ever taken for what was written. Method: damage one column at a time, then read it.
describe('damage is found when it is read', () => {
  const chain = new ChainFixture({}, genesis);
  const commit = chain.growTo(3)[1]!;
  const item = chain.item();
  const candidate = chain.candidate();
  const waiting = chain.batch();
  const batchId = commit.batches[0]!.id;

  beforeEach(() => {
    const store = open();
    store.append(chain.commits.map((each) => ({ kind: 'certified', commit: each })));
    store.append([
      { kind: 'item', item },
      { kind: 'batch', batch: waiting, items: [] },
      { kind: 'prepared', height: 4, ...candidate },
      { kind: 'high-certificate', height: 4, certificate: chain.certificate(candidate.hash, 0) },
    ]);
    store.close();
  });

  const flip = (table: string, column: string, where: string) => (db: DatabaseSync) => {
    const row = db.prepare(`SELECT rowid AS row, ${column} AS value FROM ${table} WHERE ${where}`).get();
    replace(db, table, column, `rowid = ${row?.row}`, row?.value as Uint8Array);
  };
  const flipKeyed = (table: string, column: string, where: string) => (db: DatabaseSync) => {
    const row = db.prepare(`SELECT ${column} AS value FROM ${table} WHERE ${where}`).get();
    replace(db, table, column, where, row?.value as Uint8Array);
  };
  function replace(db: DatabaseSync, table: string, column: string, where: string, value: Uint8Array): void {
    value[value.length - 1]! ^= 1;
    expect(db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`).run(value).changes).toBe(1);
  }
  const hex = (hash: Hash) => `x'${hash}'`;

  it.each<[string, (db: DatabaseSync) => void, (store: NodeStore) => unknown]>([
    ['a certified block', flip('blocks', 'certified', 'height = 2'), (store) => store.chain.certifiedBlock(2)],
    [
      'a block in a range',
      flip('blocks', 'certified', 'height = 2'),
      (store) => store.chain.certifiedRange({ fromHeight: 1, toHeight: 3, bytesMax: 1e6 }),
    ],
    ['a header', flip('blocks', 'header', 'height = 2'), (store) => store.chain.header(2)],
    ['a note', flip('blocks', 'note', 'height = 2'), (store) => store.chain.note(2)],
    ['receipts', flip('blocks', 'receipts', 'height = 2'), (store) => store.chain.receipts(2)],
    ['report ids', flip('blocks', 'reports', 'height = 2'), (store) => store.chain.reportIds(2)],
    [
      'a batch',
      flip('batch_bytes', 'bytes', `number = (SELECT number FROM batches WHERE id = ${hex(batchId)})`),
      (store) => store.chain.batch(batchId),
    ],
    [
      'a batch that became another',
      (db) => {
        const other = `(SELECT bytes FROM batch_bytes WHERE number = (SELECT number FROM batches WHERE id = ${hex(waiting.id)}))`;
        db.exec(`UPDATE batch_bytes SET bytes = ${other} WHERE number =
          (SELECT number FROM batches WHERE id = ${hex(batchId)})`);
      },
      (store) => store.chain.batchBytes(batchId),
    ],
    ['a lost batch', (db) => db.exec('DELETE FROM batch_bytes'), (store) => store.restore()],
    ['a result', flipKeyed('results', 'body', 'height = 2 AND position = 1'), (store) => store.chain.blockResults(2)],
    [
      'a lost result',
      (db) => db.exec('DELETE FROM results WHERE height = 2 AND position = 0'),
      (store) => store.proofs.result({ height: 2, position: 0 }),
    ],
    [
      'a node of the log',
      flipKeyed('log_nodes', 'hash', 'level = 1 AND position = 0'),
      (store) => store.proofs.header({ height: 2, treeSize: 4 }),
    ],
    ['the last leaf of the log', flipKeyed('log_nodes', 'hash', 'level = 0 AND position = 3'), () => null],
    ['the frontier', flipKeyed('log_nodes', 'hash', 'level = 2 AND position = 0'), (store) => store.restore()],
    [
      'a value of the ledger',
      flipKeyed('ledger', 'value', "key = 'device/every-block'"),
      (store) => [...store.restore().ledgerEntries],
    ],
    [
      'a value of the ledger under another key',
      (db) => db.exec("UPDATE ledger SET key = 'device/other' WHERE key = 'device/every-block'"),
      (store) => [...store.restore().ledgerEntries],
    ],
    ['a pending item', flipKeyed('pending_items', 'bytes', 'arrival = 1'), (store) => store.restore()],
    ['a prepared block', flip('candidates', 'block', 'height = 4'), (store) => store.restore()],
    ['a lost prepared block', (db) => db.exec('DELETE FROM candidates'), (store) => store.restore()],
    ['a vote', flipKeyed('voting', 'body', "kind = 'high-certificate'"), (store) => store.restore()],
  ])('%s', (_, damage, read) => {
    database(damage);
    let store: NodeStore | undefined;
    try {
      expect(() => {
        store = open();
        read(store);
      }).toThrow(refused('STORAGE_CORRUPT'));
    } finally {
      store?.close();
    }
  });

  it('and an intact store passes the same reads', () => {
    const store = open();
    expect([...store.restore().ledgerEntries].length).toBeGreaterThan(3);
    store.checkIntegrity();
    store.close();
  });
});
