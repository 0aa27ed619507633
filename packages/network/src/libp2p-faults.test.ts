// What peers may do to a member over real sockets, and what must not follow from it (protocol section 11).
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeFrame } from './framing.ts';
import { testKey, testSeed } from './testing/index.ts';
import { type Libp2pCommittee, startLibp2pCommittee, startNode } from './testing/libp2p-committee.ts';
import { closed, RawPeer } from './testing/raw-peer.ts';

const bytesOf = (...values: number[]) => new Uint8Array(values);
const announcing = (length: number) => encodeFrame(new Uint8Array(length)).subarray(0, 4);

async function collect(frames: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function bytesInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

let committee: Libp2pCommittee;
let closers: (() => Promise<void>)[] = [];
const later = <T extends { stop(): Promise<void> }>(it: T): T => {
  closers.push(() => it.stop());
  return it;
};

afterEach(async () => {
  await Promise.all([committee?.stop(), ...closers.map((close) => close())]);
  closers = [];
});

describe('strangers', () => {
  it('are refused direct streams and gossip', async () => {
    committee = await startLibp2pCommittee(1);
    const { network, recorder } = committee.nodes[0]!;
    const stranger = later(await RawPeer.start({ seed: testSeed('stranger') }));
    const connection = await stranger.connect(network);
    for (const protocol of [RawPeer.protocol('direct/agreement'), '/meshsub/1.2.0']) {
      const stream = await connection.newStream(protocol);
      const isClosed = closed(stream);
      if (stream.status === 'open') stream.send(encodeFrame(bytesOf(1, 2, 3)));
      await isClosed;
    }
    await recorder.until(() => network.counters().gossipStreamsRefused === 1, 'gossip refused');
    expect(network.counters().directRefused).toBe(1);
    expect(recorder.direct).toEqual([]);
    expect(recorder.gossip).toEqual([]);
  });

  it('are let in up to a number', async () => {
    committee = await startLibp2pCommittee(1, { strangersMax: 1 });
    const { network, recorder } = committee.nodes[0]!;
    const first = later(await RawPeer.start({ seed: testSeed('stranger 1') }));
    const second = later(await RawPeer.start({ seed: testSeed('stranger 2') }));
    const connection = await first.connect(network);
    await second.connect(network).then(closed, () => {});
    await recorder.until(() => network.counters().connectionsRefused >= 1, 'the second is refused');
    await first.stop();
    await closed(connection);
    await vi.waitFor(async () => expect((await second.connect(network)).status).toBe('open'));
  });

  it('that ask too much are refused, and members are not', async () => {
    committee = await startLibp2pCommittee(2, { requestsPerSecondStranger: 1 });
    const { network, recorder } = committee.nodes[0]!;
    recorder.answer = async () => [bytesOf(1)];
    const follower = await committee.follower();
    const answers: string[] = [];
    for (let k = 0; k < 8; k++) {
      await collect(follower.network.request(0, 'sync', bytesOf(k))).then(
        () => answers.push('answered'),
        (error) => answers.push(error.code),
      );
    }
    expect(answers).toContain('answered');
    expect(answers).toContain('NETWORK_REQUEST_EXCEEDED');
    expect(network.counters().requestsRefused).toBeGreaterThan(0);
    expect(await collect(committee.nodes[1]!.network.request(0, 'sync', bytesOf(1)))).toEqual([bytesOf(1)]);
  });
});

describe('a member on another network', () => {
  it('exchanges nothing, and both can see that the handshake failed', async () => {
    committee = await startLibp2pCommittee(2);
    const [first, second] = committee.nodes;
    await second!.network.stop();
    await first!.recorder.until(() => first!.recorder.in('connected').length === 0, 'it left');
    const elsewhere = await startNode({
      identitySeed: committee.seeds[1]!,
      members: committee.members,
      listen: committee.members[1]!.addresses,
      networkTag: 'cd'.repeat(32),
    });
    later(elsewhere.network);
    elsewhere.network.sendDirect(0, 'agreement', bytesOf(1));
    const failed = () => first!.network.counters().dialsFailed >= 2 && elsewhere.network.counters().dialsFailed >= 1;
    await first!.recorder.until(() => first!.network.counters().dialsFailed >= 2, 'we cannot dial it');
    await elsewhere.recorder.until(() => elsewhere.network.counters().dialsFailed >= 1, 'it cannot dial us');
    expect(failed()).toBe(true);
    expect(elsewhere.recorder.in('connected')).toEqual([]);
    expect(first!.recorder.direct).toEqual([]);
    expect(first!.network.peers()[0]!.lastDialError).toMatch(/Error$/);
  });
});

describe('a member that breaks the framing', () => {
  it.each([
    ['a direct frame that is too long', 'direct/agreement', announcing(300 * 1024), 'framesOversized'],
    ['a request that is too long', 'request/sync', announcing(65 * 1024), 'framesOversized'],
    ['a gossip frame that is too long', '/meshsub/1.2.0', bytesOf(0xff, 0xff, 0xff, 0x7f, 0, 0), 'framesOversized'],
    ['a gossip length that is none', '/meshsub/1.2.0', bytesOf(...Array(7).fill(0x80)), 'framesMalformed'],
  ] as const)('is cut off for %s, and stays out for a while', async (_, name, bytes, counter) => {
    committee = await startLibp2pCommittee(3);
    const [first, second, third] = committee.nodes;
    await second!.network.stop();
    await first!.recorder.until(() => first!.recorder.in('connected').join() === '2', 'it left');
    const hostile = later(await RawPeer.start({ seed: committee.seeds[1]! }));
    const connection = await hostile.connect(first!.network);
    const stream = await connection.newStream(name.startsWith('/') ? name : RawPeer.protocol(name));
    stream.send(bytes);
    await closed(connection);
    expect(first!.network.counters()).toMatchObject({ peersBanned: 1, [counter]: 1 });
    await hostile.connect(first!.network).then(closed, () => {});
    await first!.recorder.until(() => first!.network.counters().connectionsRefused >= 1, 'refused at the door');
    // Others are unaffected.
    third!.network.sendDirect(0, 'agreement', bytesOf(1));
    await first!.recorder.until(() => first!.recorder.direct.length === 1, 'a frame of another');
  });
});

describe('gossip', () => {
  it('a sender of refused messages is scored down and then not listened to', async () => {
    committee = await startLibp2pCommittee(3);
    const [first, second, third] = committee.nodes;
    second!.recorder.judge = ({ from }) => (from.memberIndex === 0 ? 'reject' : 'ignore');
    const send = async (k: number) => {
      await first!.network.publish('batch', bytesOf(k & 255, k >> 8));
      first!.network.sendDirect(1, 'agreement', bytesOf(k & 255, k >> 8));
      await second!.recorder.until(() => second!.recorder.direct.length === k + 1, `marker ${k}`);
    };
    const judged = () => second!.recorder.gossip.filter(({ from }) => from.memberIndex === 0).length;
    const score = () => second!.network.peers()[0]!.score;
    let sent = 0;
    while (score() >= -200 && sent < 20_000) await send(sent++);
    expect(score()).toBeLessThan(-200);
    // gossipsub looks at a score again after a second or 128 messages.
    const before = judged();
    for (let k = 0; k < 500; k++) await send(sent++);
    expect(judged() - before).toBeLessThan(200);
    expect(second!.network.counters().gossipRejected).toBe(judged());
    await third!.recorder.until(() => third!.recorder.gossip.length >= sent, 'the other member listens on');
  });

  it('a message refused under one topic still counts under another', async () => {
    committee = await startLibp2pCommittee(2);
    const [first, second] = committee.nodes;
    second!.recorder.judge = ({ topic }) => (topic === 'evidence' ? 'reject' : 'accept');
    await first!.network.publish('evidence', bytesOf(1));
    await first!.network.publish('batch', bytesOf(1));
    await second!.recorder.until(() => second!.recorder.gossip.length === 2, 'both');
    expect(second!.recorder.gossip.map(({ topic }) => topic)).toEqual(['evidence', 'batch']);
  });

  it('a slow verdict slows down its sender only', async () => {
    committee = await startLibp2pCommittee(3, { gossipPendingMax: 4, gossipFloodMembersMax: 3 });
    const [first, second, third] = committee.nodes;
    const verdicts = Promise.withResolvers<'accept'>();
    second!.recorder.judge = ({ bytes }) => (bytes[0] === 1 ? verdicts.promise : 'accept');
    // What the third passes on counts as its own: it passes nothing on of the first.
    third!.recorder.judge = () => 'ignore';
    for (let k = 0; k < 40; k++) await first!.network.publish('batch', bytesOf(1, k));
    await second!.recorder.until(() => second!.network.counters().gossipSlowed > 0, 'the sender is slowed');
    await third!.network.publish('batch', bytesOf(2));
    await second!.recorder.until(() => second!.recorder.gossip.some(({ bytes }) => bytes[0] === 2), 'another sender');
    verdicts.resolve('accept');
    await second!.recorder.until(() => second!.recorder.gossip.length === 41, 'all of them in the end');
  });

  it('reaches all of ten members on one address through the mesh alone', async () => {
    committee = await startLibp2pCommittee(10, { gossipFloodMembersMax: 1 });
    const { nodes } = committee;
    // Each publishes again and again until the mesh has formed around it; then everyone has everything.
    const has = (k: number) =>
      nodes.every(({ recorder }, at) => at === k || recorder.gossip.some((m) => m.bytes[0] === k));
    for (let k = 0; k < nodes.length; k++) {
      let attempt = 0;
      await vi.waitFor(
        async () => {
          await nodes[k]!.network.publish('batch', bytesOf(k, attempt++));
          await new Promise((resolve) => setImmediate(resolve));
          expect(has(k), `message of ${k}`).toBe(true);
        },
        { timeout: 20_000, interval: 50 },
      );
    }
    for (const { network } of nodes) expect(network.peers().every(({ score }) => score >= 0)).toBe(true);
  }, 60_000);

  it('opens its stream again when the member has reset it', async () => {
    committee = await startLibp2pCommittee(2, { gossipRepairMs: 100, gossipHeartbeatMs: 100 });
    const [first, second] = committee.nodes;
    await second!.network.stop();
    await first!.recorder.until(() => first!.recorder.in('connected').length === 0, 'it left');
    const raw = later(await RawPeer.start({ seed: committee.seeds[1]! }));
    const streams = Promise.withResolvers<void>();
    let opened = 0;
    await raw.node.handle('/meshsub/1.2.0', (stream) => {
      if (++opened > 1) streams.resolve();
      else stream.addEventListener('message', () => stream.abort(new Error('lost')), { once: true });
    });
    const connection = await raw.connect(first!.network);
    await connection.newStream('/meshsub/1.2.0');
    await streams.promise;
    expect(first!.network.counters().gossipRepaired).toBeGreaterThan(0);
  });
});

describe('connections', () => {
  it('two members that dial each other at the same moment work, whichever connection is used', async () => {
    committee = await startLibp2pCommittee(4, { dialCourtesyMs: 1 });
    const { nodes } = committee;
    for (const { network } of nodes) await network.publish('batch', bytesOf(network.memberIndex!));
    await Promise.all(nodes.map(({ recorder }) => recorder.until(() => recorder.gossip.length === 3, 'gossip')));
    for (const { network } of nodes) for (let to = 0; to < 4; to++) network.sendDirect(to, 'agreement', bytesOf(1));
    await Promise.all(nodes.map(({ recorder }) => recorder.until(() => recorder.direct.length === 3, 'direct')));
  });

  it('a member that dials again takes the place of its older connection', async () => {
    committee = await startLibp2pCommittee(2, { staleConnectionMs: 1 });
    const [first, second] = committee.nodes;
    await second!.network.stop();
    await first!.recorder.until(() => first!.recorder.in('connected').length === 0, 'it left');
    const raw = later(await RawPeer.start({ seed: committee.seeds[1]! }));
    const frames = Promise.withResolvers<void>();
    const older = await raw.connect(first!.network);
    await first!.recorder.until(() => first!.recorder.in('connected').length === 1, 'it is here');
    await raw.node.handle(RawPeer.protocol('direct/agreement'), (stream, connection) => {
      stream.addEventListener('message', () => {
        if (connection !== older) frames.resolve();
      });
    });
    const newer = await raw.connect(first!.network);
    await closed(older);
    expect(newer.status).toBe('open');
    expect(first!.network.counters().connectionsReplaced).toBe(1);
    first!.network.sendDirect(1, 'agreement', bytesOf(1));
    await frames.promise;
  });

  it('measures how far the clock of a member is ahead', async () => {
    committee = await startLibp2pCommittee(1);
    const { members, nodes } = committee;
    const aheadKey = testSeed('ahead');
    const all = [...members, { index: 1, publicKey: await testKey(aheadKey), addresses: [] }];
    nodes[0]!.network.setMembers(all);
    const ahead = await startNode({
      identitySeed: aheadKey,
      members: all,
      dependencies: { now: () => Date.now() + 5_000 },
    });
    later(ahead.network);
    await vi.waitFor(() => expect(nodes[0]!.network.clockOffsets().length).toBe(1), { timeout: 30_000 });
    const [offset] = nodes[0]!.network.clockOffsets();
    expect(offset!.memberIndex).toBe(1);
    expect(Math.abs(offset!.offsetMs - 5_000)).toBeLessThanOrEqual(offset!.roundTripMs / 2 + 2);
  });

  it('a member that left the committee is cut off, one that came is let in', async () => {
    committee = await startLibp2pCommittee(3);
    const [first, second, third] = committee.nodes;
    for (const { network } of [first!, second!]) network.setMembers(committee.members.slice(0, 2));
    await third!.recorder.until(() => third!.recorder.peers.some(({ kind }) => kind === 'disconnected'), 'cut off');
    expect(first!.network.sendDirect(2, 'agreement', bytesOf(1))).toBe(false);
    expect(first!.recorder.peers.at(-1)).toEqual({ kind: 'disconnected', memberIndex: 2 });
    // It comes back as a stranger, and may ask.
    const strange = async () => expect(await collect(third!.network.request(0, 'sync', bytesOf(1)))).toEqual([]);
    await vi.waitFor(strange, { timeout: 30_000 });
    for (const { network } of [first!, second!]) network.setMembers(committee.members);
    first!.network.sendDirect(2, 'agreement', bytesOf(7));
    await third!.recorder.until(() => third!.recorder.direct.length === 1, 'the frame');
    await first!.recorder.until(() => first!.recorder.in('gossiping').includes(2), 'gossip with it');
    await first!.network.publish('batch', bytesOf(8));
    await third!.recorder.until(() => third!.recorder.gossip.length === 1, 'the message');
  });
});

describe('a slow reader', () => {
  it('of a direct stream costs bounded memory, and the newest frames are kept', async () => {
    const limits = { directQueueBytesMax: 1024 * 1024 };
    committee = await startLibp2pCommittee(2, limits);
    const [first, second] = committee.nodes;
    await second!.network.stop();
    await first!.recorder.until(() => first!.recorder.in('connected').length === 0, 'it left');
    const raw = later(await RawPeer.start({ seed: committee.seeds[1]! }));
    const opened = Promise.withResolvers<void>();
    await raw.node.handle(RawPeer.protocol('direct/agreement'), (stream) => {
      stream.pause();
      opened.resolve();
    });
    await raw.connect(first!.network);
    first!.network.sendDirect(1, 'agreement', bytesOf(1));
    await opened.promise;
    const before = bytesInUse();
    for (let k = 0; k < 800; k++) {
      first!.network.sendDirect(1, 'agreement', new Uint8Array(128 * 1024));
      if (k % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // 100 MiB were sent; the queue holds 1 MiB, the windows and buffers of stream and socket some more.
    expect(first!.network.peers()[0]!.queuedFrames).toBeLessThanOrEqual(8);
    expect(first!.network.counters().directDropped).toBeGreaterThan(600);
    // What was dropped is given back by a thread of the runtime, in its own time.
    await vi.waitFor(() => expect(bytesInUse() - before).toBeLessThan(24 * 1024 * 1024), { timeout: 20_000 });
  });

  it('of an answer is cut off, and the answer is not produced ahead of it', async () => {
    committee = await startLibp2pCommittee(1, { responseStallMs: 200 });
    const { network, recorder } = committee.nodes[0]!;
    let produced = 0;
    let isReturned = false;
    recorder.answer = async function* () {
      try {
        for (; produced < 1_000; produced++) yield new Uint8Array(1024 * 1024);
      } finally {
        isReturned = true;
      }
    };
    const raw = later(await RawPeer.start({ seed: testSeed('slow') }));
    const connection = await raw.connect(network);
    const stream = await connection.newStream(RawPeer.protocol('request/sync'));
    stream.pause();
    stream.send(encodeFrame(bytesOf(1)));
    await recorder.until(() => network.counters().requestsFailed === 1, 'it is cut off');
    expect(isReturned).toBe(true);
    expect(produced).toBeLessThan(20);
  });
});
