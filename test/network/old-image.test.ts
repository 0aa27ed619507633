// Goal: a member whose data directory was put back from an older copy signs nothing twice, and takes part again.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';

const RESTORED = 3;
let network: LocalNetwork;
let device: TestDevice;

beforeAll(async () => {
  network = await LocalNetwork.dealt(4);
  await network.startAll();
  device = new TestDevice(1, network.networkId);
}, 90_000);
afterAll(() => network?.destroy());

/** @returns the height of the block that holds one more report of this member's intake. */
async function certify(member: number): Promise<number> {
  const { body } = await network.post(member, '/v1/reports?wait=certified', device.report());
  expect(body.data.reports[0]).toMatchObject({ status: 'certified' });
  return body.data.reports[0].height;
}

test('an older directory is refused; told to go on, it says nothing where it voted, and then votes again', {
  timeout: 120_000,
}, async () => {
  const image = join(network.root, 'image');
  const directory = network.dataDir(RESTORED);
  await network.post(0, '/v1/registrations', device.registration(network.registrar));
  await network.block(RESTORED, 1);
  expect(await network.kill(RESTORED, 'SIGTERM')).toBe(0);
  cpSync(directory, image, { recursive: true });

  await network.start(RESTORED);
  let last = 0;
  for (let i = 0; i < 8; i++) last = await certify(RESTORED);
  await network.kill(RESTORED, 'SIGKILL');
  rmSync(directory, { recursive: true });
  cpSync(image, directory, { recursive: true });

  await expect(network.start(RESTORED)).rejects.toThrow('NODE_STATE_INVALID');
  await network.start(RESTORED, ['--accept-old-data']);
  let voted = 0;
  for (let i = 0; i < 30 && voted <= last; i++) {
    await certify(i % 4);
    voted = (await network.get(0, '/v1/status')).body.data.members[RESTORED].lastVotedHeight;
  }
  expect(voted).toBeGreaterThan(last);
  for (const member of [0, RESTORED]) expect((await network.get(member, '/v1/evidence')).body.data).toEqual([]);
});
