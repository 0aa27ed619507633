// Goal: a member with an empty directory begins with a snapshot of its peers, trusting one checkpoint, and takes part.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_PARAMETERS, TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';

const NEWCOMER = 3;
const EPOCH = 5;
let network: LocalNetwork;
let device: TestDevice;

beforeAll(async () => {
  network = await LocalNetwork.dealt(4, { parameters: { ...TEST_PARAMETERS, epochBlocks: EPOCH } });
  await Promise.all([0, 1, 2].map((member) => network.start(member)));
  device = new TestDevice(1, network.networkId);
}, 90_000);
afterAll(() => network?.destroy());

/** @returns the block that holds one more report, and its checkpoint. */
async function certify(member: number): Promise<{ readonly height: number; readonly note: string }> {
  const { body } = await network.post(member, '/v1/reports?wait=certified', device.report());
  const [report] = body.data.reports;
  expect(report).toMatchObject({ status: 'certified' });
  return { height: report.height, note: report.attestation.checkpoint };
}

test('it fetches no block below the snapshot, comes to the tip and votes', { timeout: 180_000 }, async () => {
  await network.post(0, '/v1/registrations', device.registration(network.registrar));
  await Promise.all([0, 1, 2].map((member) => network.block(member, 1)));
  let trusted = await certify(0);
  while (trusted.height < 3) trusted = await certify(1);
  // Twice over the end of an epoch: the snapshot of block 6 at least is complete.
  let last = trusted;
  while (last.height <= 2 * EPOCH) last = await certify(2);

  const file = join(network.root, 'checkpoint');
  const option = ['--snapshot-checkpoint', file];
  writeFileSync(file, trusted.note.replace(/^cairn\/\w+/, 'cairn/other'));
  await expect(network.start(NEWCOMER, option)).rejects.toThrow('PROTOCOL_CHECKPOINT_MALFORMED');

  writeFileSync(file, trusted.note);
  const child = await network.start(NEWCOMER, option);
  const { snapshotHeight } = (await network.get(NEWCOMER, '/v1/status')).body.data;
  expect(snapshotHeight % EPOCH).toBe(1);
  expect(snapshotHeight).toBeGreaterThan(EPOCH);
  const first = await child.line((line) => line.event === 'block', 60_000);
  expect(first.height).toBe(snapshotHeight + 1);
  await network.block(NEWCOMER, last.height);

  let voted = 0;
  for (let i = 0; i < 30 && voted <= last.height; i++) {
    await certify(i % 4);
    voted = (await network.get(0, '/v1/status')).body.data.members[NEWCOMER].lastVotedHeight ?? 0;
  }
  expect(voted).toBeGreaterThan(last.height);

  const old = await network.get(NEWCOMER, '/v1/sync/blocks?from=1');
  expect(old).toMatchObject({ status: 404, body: { code: 'HTTP_BLOCK_UNKNOWN' } });

  // The same command again: it has blocks now, and goes on from them.
  expect(await network.kill(NEWCOMER, 'SIGTERM')).toBe(0);
  await network.start(NEWCOMER, option);
  const { height } = await certify(NEWCOMER);
  await network.block(0, height);
});

test('one that lost its disk after it voted says nothing where it may have voted', { timeout: 180_000 }, async () => {
  const { height, note } = await certify(NEWCOMER);
  await network.kill(NEWCOMER);
  for (const name of readdirSync(network.dataDir(NEWCOMER)).filter((each) => each.startsWith('cairn.sqlite')))
    rmSync(join(network.dataDir(NEWCOMER), name));
  const file = join(network.root, 'newer-checkpoint');
  writeFileSync(file, note);
  const option = ['--snapshot-checkpoint', file];
  await expect(network.start(NEWCOMER, option)).rejects.toThrow('NODE_STATE_INVALID');
  await network.start(NEWCOMER, [...option, '--accept-old-data']);
  let voted = 0;
  for (let i = 0; i < 30 && voted <= height; i++) {
    await certify(i % 3);
    voted = (await network.get(NEWCOMER, '/v1/status')).body.data.members[NEWCOMER].lastVotedHeight ?? 0;
  }
  expect(voted).toBeGreaterThan(height);
  for (const member of [0, NEWCOMER]) expect((await network.get(member, '/v1/evidence')).body.data).toEqual([]);
});
