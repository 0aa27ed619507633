import { type GenesisDraft, networkIdOf } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { awaitGenesis } from './await-genesis.ts';
import { FakeNode } from './testing/fake-node.ts';

const nodes: FakeNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function serve(network: CertifiedChain): Promise<string> {
  const node = new FakeNode(network);
  nodes.push(node);
  return node.start();
}

const draftOf = ({ genesis }: CertifiedChain): GenesisDraft => {
  const { ceremonyId: _c, transcriptHash: _t, groupKey: _g, verificationShares: _v, ...draft } = genesis;
  return draft;
};

/** @returns what the first round without success says, when there is one. */
async function ask(draft: GenesisDraft, sources: readonly string[]) {
  const controller = new AbortController();
  const rounds: (readonly string[])[] = [];
  const onWaiting = (reasons: readonly string[]) => {
    rounds.push(reasons);
    controller.abort();
  };
  const genesis = await awaitGenesis({ draft, sources }, { signal: controller.signal, onWaiting }).catch(() => null);
  return { genesis, reasons: rounds[0] ?? [] };
}

describe('learning the genesis document from the members of a draft', () => {
  it('takes it when a quorum of their keys has signed block 1 under its hash', async () => {
    const network = new CertifiedChain();
    network.growTo(2);
    const { genesis } = await ask(draftOf(network), ['http://127.0.0.1:1', await serve(network)]);
    expect(genesis && networkIdOf(genesis)).toBe(networkIdOf(network.genesis));
  });

  it('waits for the first block', async () => {
    const network = new CertifiedChain();
    const source = await serve(network);
    const { signal } = new AbortController();
    const onWaiting = (reasons: readonly string[]) => {
      expect(reasons[0]).toMatch(/no certified block yet|in time/);
      network.growTo(1);
      nodes[0]?.grown();
    };
    const genesis = await awaitGenesis(
      { draft: draftOf(network), sources: [source], retryMs: 1 },
      { signal, onWaiting },
    );
    expect(networkIdOf(genesis)).toBe(networkIdOf(network.genesis));
  });

  it('refuses a document of another draft', async () => {
    const network = new CertifiedChain();
    const other = new CertifiedChain({ seed: 2, networkName: 'other' });
    other.growTo(1);
    const { genesis, reasons } = await ask(draftOf(network), [await serve(other)]);
    expect(genesis).toBeNull();
    expect(reasons[0]).toContain('not that of the draft');
  });

  it('refuses a document with a group key that the members did not sign for', async () => {
    const network = new CertifiedChain();
    network.growTo(1);
    const [groupKey] = network.genesis.verificationShares;
    const { commits, time, height } = network;
    const forged = { genesis: { ...network.genesis, groupKey }, commits, time, height } as unknown as CertifiedChain;
    const { genesis, reasons } = await ask(draftOf(network), [await serve(forged)]);
    expect(genesis).toBeNull();
    expect(reasons[0]).toContain('not signed by the members');
  });
});
