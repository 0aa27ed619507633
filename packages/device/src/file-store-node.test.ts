import { appendFile, cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hash, Rng, toHash } from '@cairn/primitives';
import { decodeReport, signReport } from '@cairn/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStore } from './file-store-node.ts';
import { DeviceKey } from './index.ts';

const key = DeviceKey.fromSeed(new Rng(3).bytes(32));
const networkId = toHash('11'.repeat(32));
const owner = { device: key.publicKey, networkId, feed: 'air' };

function report(seq: number): { id: Hash; bytes: Uint8Array } {
  const bytes = signReport({ feed: 'air', seq, observedAt: 5, values: [seq] }, { networkId, signer: key });
  return { id: decodeReport(bytes, networkId).report.id, bytes };
}

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cairn-device-'));
  directory = join(root, 'store');
});
const stores: FileStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(root, { recursive: true });
});

/** Closed at the end of the test, also where the test lets it die before. */
function storeIn(path: string): FileStore {
  const store = new FileStore(path);
  stores.push(store);
  return store;
}

describe('a file store', () => {
  it('gives back what was kept and not removed, in order, and the reserved number', async () => {
    const store = storeIn(directory);
    expect(await store.open(owner)).toEqual({ nextSeq: 0, reports: [] });
    const [a, b, c] = [report(0), report(1), report(2)];
    await store.reserve(1000);
    await store.append([a, b]);
    await store.append([c]);
    await store.remove([b.id]);
    await store.close();
    const again = await storeIn(directory).open(owner);
    expect(again).toEqual({ nextSeq: 1000, reports: [a.bytes, c.bytes] });
  });

  it('is readable by its owner only', async () => {
    await storeIn(directory).open(owner);
    expect((await stat(directory)).mode & 0o077).toBe(0);
  });

  it('survives a crash at every byte of its log: nothing resolved is lost, nothing torn is read', async () => {
    const store = storeIn(directory);
    await store.open(owner);
    await store.reserve(10);
    await store.append([report(0)]);
    const before = (await readFile(join(directory, 'queue.log'))).length;
    await store.append([report(1)]);
    await store.remove([report(0).id]);
    const log = await readFile(join(directory, 'queue.log'));
    const second = log.indexOf('\n', before) + 1;
    for (let length = before; length <= log.length; length += 1 + (length % 3)) {
      const crashed = join(root, `crash-${length}`);
      await cp(directory, crashed, { recursive: true });
      await writeFile(join(crashed, 'queue.log'), log.subarray(0, length));
      await rm(join(crashed, 'lock'));
      const reopened = storeIn(crashed);
      const { reports, nextSeq } = await reopened.open(owner);
      const expected = length === log.length ? [1] : length >= second ? [0, 1] : [0];
      expect(
        reports.map((bytes) => decodeReport(bytes, networkId).report.seq),
        `${length} bytes`,
      ).toEqual(expected);
      expect(nextSeq).toBe(10);
      await reopened.append([report(2)]);
      await reopened.close();
      expect((await storeIn(crashed).open(owner)).reports).toHaveLength(expected.length + 1);
    }
  });

  it('takes changes that are made at the same time one after the other', async () => {
    const store = storeIn(directory);
    await store.open(owner);
    const reports = Array.from({ length: 60 }, (_, seq) => report(seq));
    await Promise.all(
      reports.map(async (entry, i) => {
        await store.append([entry]);
        if (i % 3 === 0) await store.remove([entry.id]);
      }),
    );
    await store.close();
    const left = (await storeIn(directory).open(owner)).reports;
    expect(left).toEqual(reports.filter((_, i) => i % 3 !== 0).map(({ bytes }) => bytes));
  });

  it('writes its log anew before it grows without bound', async () => {
    const store = storeIn(directory);
    await store.open(owner);
    const kept = report(7000);
    await store.append([kept]);
    const batch = Array.from({ length: 100 }, (_, seq) => report(seq));
    for (let round = 0; round < 60; round++) {
      await store.append(batch);
      await store.remove(batch.map(({ id }) => id));
    }
    const lines = (await readFile(join(directory, 'queue.log'), 'utf8')).split('\n').length;
    expect(lines).toBeLessThan(5000);
    await store.close();
    expect((await storeIn(directory).open(owner)).reports).toEqual([kept.bytes]);
  });

  it('refuses another owner, and a second holder while the first lives', async () => {
    const store = storeIn(directory);
    await store.open(owner);
    await store.reserve(1);
    const code = (expected: string) => expect.objectContaining({ code: expected });
    await expect(storeIn(directory).open(owner)).rejects.toEqual(code('DEVICE_STORE_HOLDERS_EXCEEDED'));
    await store.close();
    for (const other of [
      { ...owner, feed: 'noise' },
      { ...owner, device: report(0).id as never },
    ]) {
      await expect(storeIn(directory).open(other)).rejects.toEqual(code('DEVICE_STORE_MISMATCH'));
    }
    // The refusals left no lock behind; nor does a process that was killed.
    await writeFile(join(directory, 'lock'), '4194999');
    expect((await storeIn(directory).open(owner)).nextSeq).toBe(1);
  });

  it.each([
    ['state.json', 'nonsense'],
    ['state.json', '{"version":1}'],
    ['queue.log', '+AAAA\n'],
    ['queue.log', '*\n'],
  ])('refuses a %s that holds %j', async (name, text) => {
    const store = storeIn(directory);
    await store.open(owner);
    await store.reserve(1);
    await store.close();
    if (name === 'queue.log') await appendFile(join(directory, name), text);
    else await writeFile(join(directory, name), text);
    await expect(storeIn(directory).open(owner)).rejects.toMatchObject({ code: 'DEVICE_STORE_MALFORMED' });
  });
});

describe('sequence numbers', () => {
  it('are never used twice, whenever the process dies', async () => {
    // Method: a model store that forgets whatever was not resolved, over random lives; every signed number is recorded.
    const rng = new Rng(9);
    const { Device } = await import('./index.ts');
    const { World } = await import('./testing/world.ts');
    const used = new Set<number>();
    for (let life = 0; life < 25; life++) {
      const world = new World();
      world.gateways.a = (ids, _, reports) => {
        for (const bytes of reports) used.add(decodeReport(bytes, networkId).report.seq);
        return Response.json({ data: { reports: ids.map((id) => ({ id, status: 'accepted' })) } });
      };
      const config = { key, networkId, feed: 'air', gateways: ['http://a'], seqReserve: rng.integer(1, 5) };
      const device = await Device.open(config, { store: storeIn(directory), host: world });
      const before = used.size;
      const queued = device.queued;
      const count = rng.integer(0, 12);
      for (let i = 0; i < count; i++) await device.report({ values: [i] });
      const isSent = rng.chance(0.7);
      if (isSent) await device.flush(new AbortController().signal);
      expect(used.size - before, `life ${life}`).toBe(isSent ? queued + count : 0);
      if (rng.chance(0.4)) await device.close();
      else {
        // The process dies: its directory lives on without its lock, as if it were another machine's.
        const next = join(root, `life-${life}`);
        await cp(directory, next, { recursive: true });
        await rm(join(next, 'lock'));
        directory = next;
      }
    }
    expect(used.size).toBeGreaterThan(60);
  });
});
