// Goal: whoever seals two batches under one number is convicted in the chain, and anyone can judge it from what the API gives.
// Method: three members are processes, the fourth is played by this one with its real key.
import { createSigner } from '@cairn/crypto';
import { createNetwork, type Network } from '@cairn/network';
import { sealBatch } from '@cairn/protocol';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import { LocalNetwork } from '../fixtures/local-network.ts';
import { NodeProcess } from '../fixtures/node-process.ts';
import { until } from '../fixtures/until.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LIAR = 3;
let network: LocalNetwork;
let liar: Network | undefined;

beforeAll(async () => {
  network = await LocalNetwork.dealt(4);
  await Promise.all([0, 1, 2].map((member) => network.start(member)));
  const members = network.genesis.members.map(({ identityKey, addresses }, index) => ({
    index,
    publicKey: identityKey,
    addresses,
  }));
  const handlers = { validateGossip: () => 'accept' as const, onDirect: () => {}, onRequest: async () => [] };
  const options = { identitySeed: network.identitySeeds[LIAR] as Uint8Array, listen: [], members };
  liar = await createNetwork({ ...options, networkTag: network.networkId }, { handlers });
});
afterAll(async () => {
  await liar?.stop();
  await network?.destroy();
});

test('a two-faced author is convicted, listed by every member, and judged from the file alone', async () => {
  const signer = createSigner(network.identitySeeds[LIAR] as Uint8Array);
  const registration = new TestDevice(1, network.networkId).registration(network.registrar);
  const items = [{ kind: 'registration' as const, bytes: registration }];
  const pair = [0, 1].map((baseHeight) =>
    sealBatch({ networkId: network.networkId, epoch: 0, author: LIAR, seq: 7, baseHeight, items }, signer.sign),
  );
  const isHeard = () => liar?.peers().filter(({ isGossiping }) => isGossiping).length === 3;
  await until('gossip to all members', async () => isHeard() || undefined);
  for (const { bytes } of pair) await liar?.publish('batch', bytes);
  for (const member of [0, 1, 2]) {
    const listed = await until('evidence', async () => {
      const { data } = (await network.get(member, '/v1/evidence')).body;
      return data.length > 0 ? data : undefined;
    });
    expect(listed).toMatchObject([{ member: LIAR, kind: 'double-batch' }]);
  }
  const [{ id }] = (await network.get(0, '/v1/evidence')).body.data;
  const url = `${network.url(1)}/v1/evidence/${id}`;
  const judge = new NodeProcess(['evidence', 'verify', url, '--network-id', network.networkId]);
  expect(await judge.exited).toBe(0);
  expect(judge.lines.at(-1)?.text).toBe('CONVICTED: member 3 sealed two batches under one number');
});
