import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeCertifiedBlock, encodeCertifiedBlock } from '@cairn/protocol';
import { Chain, type Commit } from '@cairn/replica';
import { CertifiedChain, spoilt } from '@cairn/replica/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Follower, type FollowerEvent } from './follower.ts';
import { NodeSource } from './node-source.ts';
import type { FollowerOptions } from './options.ts';
import { FakeNode, type Lie } from './testing/fake-node.ts';
import { Until } from './testing/until.ts';
import { VerifyPool } from './verify-pool.ts';

const QUICK: Partial<FollowerOptions> = {
  waitMs: 1000,
  answerTimeoutMs: 2000,
  backoffMsMin: 20,
  lieBackoffMsMin: 60_000,
  emptyMsMin: 20,
  archiveRetryMs: 20,
  verifyThreads: 1,
};

let network: CertifiedChain;
let verifier: VerifyPool;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  network = new CertifiedChain({ epochBlocks: 5 });
  verifier = new VerifyPool({ genesis: network.genesis, threads: 1 });
  stops.push(() => verifier.stop());
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function nodes(count: number, of: CertifiedChain = network): Promise<FakeNode[]> {
  const all = Array.from({ length: count }, () => new FakeNode(of));
  for (const node of all) {
    await node.start();
    stops.push(() => node.stop());
  }
  return all;
}

function follow(urls: readonly string[], options: Partial<FollowerOptions> = {}) {
  const chain = new Chain({ genesis: network.genesis });
  const events: FollowerEvent[] = [];
  const archived: Commit[] = [];
  const until = new Until();
  let append = (commits: readonly Commit[]): void => void archived.push(...commits);
  const follower = new Follower(
    { ...QUICK, ...options },
    {
      chain,
      append: (commits) => append(commits),
      sources: urls.map((url) => new NodeSource(url)),
      verifier,
      onEvent: (event) => {
        events.push(event);
        until.look();
      },
    },
  );
  follower.start();
  stops.push(() => follower.stop());
  const reaches = (height: number) => until.true(() => archived.length >= height, `height ${height}`);
  const setAppend = (other: typeof append) => {
    append = other;
  };
  return { chain, events, archived, until, follower, reaches, setAppend };
}

function kinds<K extends FollowerEvent['kind']>(events: readonly FollowerEvent[], kind: K) {
  return events.filter((event): event is Extract<FollowerEvent, { kind: K }> => event.kind === kind);
}

describe('a follower', () => {
  it('catches up, and takes new blocks as they come', async () => {
    network.growTo(150);
    const [a, b] = (await nodes(2)) as [FakeNode, FakeNode];
    const run = follow([a.url, b.url]);
    await run.reaches(150);
    for (let height = 151; height <= 155; height++) {
      network.grow();
      a.grown();
      b.grown();
      await run.reaches(height);
    }
    expect(run.archived.map(({ height }) => height)).toEqual(Array.from({ length: 155 }, (_, i) => i + 1));
    expect(run.chain.tip.hash).toBe(network.chain.tip.hash);
    expect(run.archived.at(-1)?.note).toBe(network.commits.at(-1)?.note);
    expect(run.follower.behind).toBe(0);
  });

  const recertified = (change: (block: ReturnType<typeof decodeCertifiedBlock>) => object): Lie => {
    return ({ certified, batches }) => {
      const decoded = decodeCertifiedBlock(certified);
      return { certified: encodeCertifiedBlock({ ...decoded, ...change(decoded) }), batches };
    };
  };
  const lies: [string, Lie][] = [
    ['a spoilt group signature', recertified(({ groupSignature }) => ({ groupSignature: spoilt(groupSignature) }))],
    [
      'a spoilt vote',
      recertified(({ certificate }) => ({
        certificate: {
          ...certificate,
          votes: certificate.votes.map((vote) => ({ ...vote, signature: spoilt(vote.signature) })),
        },
      })),
    ],
    [
      'too few votes',
      recertified(({ certificate }) => ({ certificate: { ...certificate, votes: certificate.votes.slice(1) } })),
    ],
    [
      'another state',
      recertified(({ block }) => ({
        block: { ...block, header: { ...block.header, stateHash: block.header.parentHash } },
      })),
    ],
    ['another list of batches', recertified(({ block }) => ({ block: { ...block, batchIds: [] } }))],
    ['no batches', ({ certified }) => ({ certified, batches: [] })],
    ['garbage', ({ batches }) => ({ certified: Uint8Array.of(1, 2, 3), batches })],
    [
      'a batch whose author did not sign',
      ({ certified, batches }) => ({
        certified,
        batches: batches.map((bytes) =>
          Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
        ),
      }),
    ],
  ];
  it.each(lies)('names a source that serves %s, and follows another', async (_name, lie) => {
    network.growTo(6);
    const [liar, honest] = (await nodes(2)) as [FakeNode, FakeNode];
    liar.lie = (block, commit) => (commit.height >= 4 ? lie(block, commit) : block);
    honest.heightMax = 5;
    const run = follow([liar.url]);
    await run.until.true(() => kinds(run.events, 'invalid').length > 0, 'the liar is named');
    expect(kinds(run.events, 'invalid')[0]).toMatchObject({ source: new URL(liar.url).host, height: 4 });
    expect(run.archived.length).toBe(3);
    expect(run.follower.sources[0]).toMatchObject({ isAnswering: false, lies: 1 });
    honest.heightMax = 6;
    const both = follow([liar.url, honest.url]);
    await both.reaches(6);
    expect(both.chain.tip.hash).toBe(network.chain.tip.hash);
  });

  it('refuses the chain of another network', async () => {
    const other = new CertifiedChain({ networkName: 'other', seed: 1 });
    other.growTo(3);
    const [stranger] = (await nodes(1, other)) as [FakeNode];
    const run = follow([stranger.url]);
    await run.until.true(() => kinds(run.events, 'invalid').length > 0, 'the stranger is named');
    expect(run.archived).toEqual([]);
  });

  it('goes on with dead, stuck, mumbling and flooding sources beside a good one', async () => {
    network.growTo(10);
    const [good, stuck] = (await nodes(2)) as [FakeNode, FakeNode];
    stuck.heightMax = 2;
    const bad = await Promise.all([
      badServer((response) => response.writeHead(500).end()),
      badServer((response) => response.end('not CBOR')),
      badServer((response) => flood(response)),
    ]);
    const run = follow(['http://127.0.0.1:1', ...bad, stuck.url, good.url], {
      answerTimeoutMs: 500,
      bytesPerAnswer: 1000,
    });
    await run.reaches(10);
    for (let height = 11; height <= 20; height++) {
      network.grow();
      good.grown();
      await run.reaches(height);
    }
    const codes = new Set(kinds(run.events, 'unreachable').map(({ code }) => code));
    expect([...codes].sort()).toEqual(['AGGREGATOR_SOURCE_MALFORMED', 'AGGREGATOR_SOURCE_UNREACHABLE']);
    expect(kinds(run.events, 'invalid')).toEqual([]);
  });

  it('stops loudly when the committee certified what execution does not give', async () => {
    network.growTo(3);
    const { executed, certified } = network.certify([]);
    const block = { ...executed.block, header: { ...executed.block.header, stateHash: executed.hash } };
    const blockHash = network.chain.checkpointOf(block).headerHash;
    const statement = { ...certified.certificate, blockHash };
    const forged = {
      block,
      certificate: { ...statement, votes: network.votesFor(statement) },
      groupSignature: network.group.sign(network.chain.checkpointTextOf(block)),
    };
    network.commits.push({ ...(network.commits.at(-1) as Commit), height: 4, certified: forged, batches: [] });
    const [node] = (await nodes(1)) as [FakeNode];
    Object.defineProperty(node.network, 'height', { value: 4 });
    const run = follow([node.url]);
    await run.until.true(() => run.follower.halted !== null, 'the follower halts');
    expect(run.follower.halted).toBe('height 4: execution gives another stateHash');
    expect(run.archived.length).toBe(3);
  });

  it('writes again what the archive could not take, in order and once', async () => {
    network.growTo(5);
    const [node] = (await nodes(1)) as [FakeNode];
    const run = follow([node.url]);
    let failures = 3;
    run.setAppend((commits) => {
      if (failures-- > 0) throw new Error('disk full');
      run.archived.push(...commits);
    });
    await run.reaches(5);
    expect(run.archived.map(({ height }) => height)).toEqual([1, 2, 3, 4, 5]);
    expect(kinds(run.events, 'archive-failed')).toHaveLength(3);
    expect(run.follower.isArchiveFailing).toBe(false);
  });
});

type Handler = Parameters<typeof createServer>[1];

async function badServer(answer: (response: Parameters<NonNullable<Handler>>[1]) => void): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.on('error', () => {});
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends without end. */
function flood(response: Parameters<NonNullable<Handler>>[1]): void {
  const chunk = Buffer.alloc(65_536);
  const pump = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pump);
  pump();
}
