// Goal: docker-compose.yml starts a network that works, without an engine. Method: its own commands with its own environment
// as processes of this machine: set-up, key ceremony of four members, a device, certified blocks, anchors on the embedded chain.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { NodeProcess } from '../fixtures/node-process.ts';
import { ComposeWorld } from './compose-world.ts';
import { readCompose } from './read-compose.ts';

const MEMBERS = ['node-0', 'node-1', 'node-2', 'node-3'];
const HTTP = 8080;
const METRICS = 9100;

let world: ComposeWorld | undefined;
afterEach(async () => {
  await world?.kill();
  world = undefined;
});

/** Asks again and again: containers are seen from outside only. Fails when `child` ends meanwhile, or after a while. */
async function answer(child: NodeProcess, url: string, fits: (status: number, body: string) => boolean) {
  const deadline = Date.now() + 240_000;
  let last = 'no answer';
  while (Date.now() < deadline && child.isRunning) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      const body = await response.text();
      if (fits(response.status, body)) return body;
      last = `${response.status} ${body.slice(0, 400)}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not come to it: ${last}\n${child.log.slice(-20).join('\n')}`);
}

test('the commands of docker-compose.yml make a network: set-up, key, blocks, anchors', async () => {
  world = await ComposeWorld.create(readCompose());
  const setUp = world.start('init');
  expect(await setUp.exited, setUp.log.join('\n')).toBe(0);
  const draft = readFileSync(join(world.volume('node-0'), 'draft.json'), 'utf8');
  // twice is once: containers are made anew, volumes stay
  expect(await world.start('init').exited).toBe(0);
  for (const volume of [...MEMBERS, 'aggregator'])
    expect(readFileSync(join(world.volume(volume), 'draft.json'), 'utf8'), volume).toBe(draft);

  world.nameMembers(MEMBERS);
  const aggregator = world.start('aggregator');
  const device = world.start('device');
  const nodes = MEMBERS.map((name) => (world as ComposeWorld).start(name));
  for (const [i, name] of MEMBERS.entries())
    await answer(nodes[i] as NodeProcess, `${world.url(name, HTTP)}/ready`, (status) => status === 200);
  expect(device.isRunning, device.log.join('\n')).toBe(true);
  await answer(aggregator, `${world.url('aggregator', HTTP)}/ready`, (status) => status === 200);
  await answer(aggregator, `${world.url('aggregator', HTTP)}/v1/anchors`, (_, body) => !body.startsWith('{"data":[]'));

  const genesis = readFileSync(join(world.volume('aggregator'), 'genesis.json'), 'utf8');
  for (const name of MEMBERS)
    expect(readFileSync(join(world.volume(name), 'genesis.json'), 'utf8'), name).toBe(genesis);
  expect(existsSync(join(world.volume('aggregator'), 'fee-payer.json'))).toBe(true);
  // what Prometheus scrapes and what the health check asks
  for (const name of [...MEMBERS, 'aggregator']) {
    expect(await (await fetch(`${world.url(name, METRICS)}/metrics`)).text()).toMatch(/^cairn_up_and_posting 1$/m);
    expect((await fetch(`${world.url(name, HTTP)}/live`)).status).toBe(200);
  }
  const codes = await world.end();
  world = undefined;
  expect(new Set(codes)).toEqual(new Set([0]));
}, 300_000);
