import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Rng } from '@cairn/primitives';
import { blockHash } from '@cairn/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeStore } from './node-store.ts';
import { ChainFixture } from './testing/chain-fixture.ts';
import { findDamage, preparedHeader } from './testing/check-store.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

const KILLS = 8;
const child = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => removeDirectory(directory));

// Goal: whatever was said to be durable is there after SIGKILL at any instruction, and what is there is whole.
// Method: a child writes and reports each append; it is killed while it writes; the next one goes on from there.
describe('killed again and again', () => {
  it(`loses nothing that was acknowledged, in ${KILLS} kills`, { timeout: 120_000 }, async () => {
    const seed = 11;
    const rng = new Rng(seed);
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await runUntilKilled(directory, seed, rng.integer(1, 40));
      const chain = new ChainFixture({ seed, itemsPerBatch: 40, writesPerBlock: 20 });
      const store = NodeStore.open({ dataDir: directory, genesis: chain.genesis, author: 1 });
      const tip = store.chain.tip().height;
      expect(tip, `kill ${kill}`).toBeGreaterThanOrEqual(acknowledged.certified);
      expect(findDamage(store, chain), `kill ${kill}`).toEqual([]);
      expectVotes(store, chain, acknowledged);
      store.checkIntegrity();
      store.close();
    }
  });
});

type Acknowledged = Record<'batches' | 'prepared' | 'certified', number>;

/** Batches and the vote of the height above the tip are there, if the child said so. */
function expectVotes(store: NodeStore, chain: ChainFixture, acknowledged: Acknowledged): void {
  const next = store.chain.tip().height + 1;
  const { certified, batches } = chain.growTo(next)[next - 1]!;
  const waiting = store.restore().batches.map(({ id }) => id);
  if (acknowledged.batches >= next) expect(waiting).toEqual(batches.map(({ id }) => id));
  if (acknowledged.prepared >= next) expect(preparedHeader(store)).toEqual(certified.block.header);
  const { prepared } = store.restore().voting;
  if (prepared !== null) expect(prepared.hash).toBe(blockHash(certified.block));
}

/** @returns the highest height of each kind that the child had acknowledged when it died. */
async function runUntilKilled(dataDir: string, seed: number, lines: number): Promise<Acknowledged> {
  const running: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [child('./testing/crash-child.ts'), dataDir, String(seed)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  running.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(running, 'exit');
  const acknowledged: Acknowledged = { batches: 0, prepared: 0, certified: 0 };
  let count = 0;
  // Lines that were written before the kill count, also those that are read after it.
  for await (const line of createInterface({ input: running.stdout })) {
    const [what, height] = line.split(' ') as [keyof Acknowledged, string];
    acknowledged[what] = Number(height);
    if (++count === lines) running.kill('SIGKILL');
  }
  const [, signal] = await ended;
  expect(signal, said).toBe('SIGKILL');
  return acknowledged;
}

// Goal: a power cut that loses or garbles the end of the write-ahead log loses whole appends, never parts.
// Method: cut a copy of the log at many lengths, open it, and compare what is there with the chain.
describe('a torn write-ahead log', () => {
  const BLOCKS = 12;
  const chain = new ChainFixture({ itemsPerBatch: 10 });
  let source: string;
  let walBytes: number;

  beforeEach(() => {
    source = join(directory, 'source');
    // never folded: everything but the schema stands in the log
    const store = open(source, 1_000_000);
    for (const commit of chain.growTo(BLOCKS).slice(0, BLOCKS)) store.append([{ kind: 'certified', commit }]);
    copyStore('whole');
    walBytes = statSync(join(directory, 'whole', 'cairn.sqlite-wal')).size;
    store.close();
    source = join(directory, 'whole');
  });

  const open = (dataDir: string, checkpointPages = 1000) =>
    NodeStore.open({ dataDir, genesis: chain.genesis, author: 1, checkpointPages });

  function copyStore(name: string): string {
    const target = join(directory, name);
    mkdirSync(target);
    for (const file of ['cairn.sqlite', 'cairn.sqlite-wal']) copyFileSync(join(source, file), join(target, file));
    return target;
  }

  it('opens to a whole prefix of what was written, wherever it is cut', () => {
    const heights: number[] = [];
    for (let part = 0; part <= 24; part++) {
      const target = copyStore(`cut-${part}`);
      truncateSync(join(target, 'cairn.sqlite-wal'), Math.floor((walBytes * part) / 24));
      const store = open(target);
      heights.push(store.chain.tip().height);
      expect(findDamage(store, chain), `cut ${part}`).toEqual([]);
      // and it goes on from there
      const next = chain.growTo(BLOCKS + 1)[store.chain.tip().height]!;
      store.append([{ kind: 'certified', commit: next }]);
      store.close();
    }
    expect(heights[0]).toBe(0);
    expect(heights.at(-1)).toBe(BLOCKS);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
    expect(new Set(heights).size).toBeGreaterThan(BLOCKS / 2);
  });

  it('with garbage behind its end loses nothing', () => {
    const target = copyStore('garbage');
    appendFileSync(join(target, 'cairn.sqlite-wal'), new Rng(3).bytes(20_000));
    const store = open(target);
    expect(store.chain.tip().height).toBe(BLOCKS);
    expect(findDamage(store, chain)).toEqual([]);
    store.close();
  });
});

const mountScript = 'mount -t tmpfs -o size=3m none "$1"';
const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status === 0 &&
  process.platform === 'linux';

describe('a full disk', () => {
  const title = canMount ? '' : ' (skipped: this machine does not let a user mount a small tmpfs)';
  it.skipIf(!canMount)(`refuses with one code, keeps what it has, and goes on when there is room${title}`, () => {
    const script = `${mountScript} && exec "$2" "$3" "$1"`;
    const run = spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', script, 'sh', directory, process.execPath, child('./testing/full-disk-child.ts')],
      { encoding: 'utf8', timeout: 60_000 },
    );
    expect(run.status, run.stderr).toBe(0);
    const outcome = JSON.parse(run.stdout);
    expect(outcome).toMatchObject({
      codes: ['STORAGE_DISK_FULL', 'STORAGE_DISK_FULL'],
      grewAfterRoom: true,
      damage: [],
    });
    expect(outcome.heightBefore).toBeGreaterThan(3);
  });
});
