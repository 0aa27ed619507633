import { afterEach, describe, expect, it } from 'vitest';
import { GOSSIP_TOPICS, type Network } from '../network.ts';
import type { NetworkLimits } from '../options.ts';
import type { Recorder } from './committee.ts';

export interface ComplianceNode {
  readonly network: Network;
  readonly recorder: Recorder;
}

/** A running committee whose members all gossip with each other. */
export interface ComplianceCommittee {
  readonly nodes: readonly ComplianceNode[];
  /** A node with a key of its own that is in nobody's committee, connected to all members. */
  follower(): Promise<ComplianceNode>;
  /** Starts a stopped member again under its key and address. */
  restart(index: number): Promise<ComplianceNode>;
  stop(): Promise<void>;
}

export type StartCommittee = (count: number, limits?: Partial<NetworkLimits>) => Promise<ComplianceCommittee>;

const bytesOf = (...values: number[]) => new Uint8Array(values);

async function collect(frames: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** What every implementation of the port must do. Passed by the libp2p adapter and by the in-memory double. */
export function networkCompliance(name: string, start: StartCommittee): void {
  describe(`${name} complies with the port`, () => {
    let committee: ComplianceCommittee;
    afterEach(() => committee.stop());

    it('sends directly from all to all, in order, and knows the sender from the connection', async () => {
      committee = await start(4);
      const { nodes } = committee;
      nodes.forEach(({ network }, from) => {
        for (let to = 0; to < nodes.length; to++) {
          for (let k = 0; k < 50 && to !== from; k++) {
            expect(network.sendDirect(to, k % 2 ? 'dkg' : 'agreement', bytesOf(from, to, k))).toBe(true);
          }
        }
      });
      await Promise.all(
        nodes.map(({ recorder }, to) => recorder.until(() => recorder.direct.length >= 150, `all frames for ${to}`)),
      );
      nodes.forEach(({ recorder }, to) => {
        expect(recorder.direct.length, `frames at ${to}`).toBe(150);
        const next = new Map<string, number>();
        for (const { from, channel, bytes } of recorder.direct) {
          const key = `${from}/${channel}`;
          const expected = next.get(key) ?? (channel === 'dkg' ? 1 : 0);
          expect([...bytes], `frame at ${to} from ${key}`).toEqual([from, to, expected]);
          next.set(key, expected + 2);
        }
      });
    });

    it('publishes on every topic to all others exactly once, and not to itself', async () => {
      committee = await start(4);
      const { nodes } = committee;
      for (const topic of GOSSIP_TOPICS) {
        const large = new Uint8Array(100_000).fill(7);
        await nodes[0]!.network.publish(topic, large);
        await nodes[0]!.network.publish(topic, large);
        await nodes[0]!.network.publish(topic, bytesOf(9));
      }
      const isThere = (recorder: Recorder) => recorder.gossip.length >= 2 * GOSSIP_TOPICS.length;
      await Promise.all(
        nodes.slice(1).map(({ recorder }, k) => recorder.until(() => isThere(recorder), `gossip at ${k + 1}`)),
      );
      // A round of messages the other way comes behind all echoes of the first.
      await nodes[3]!.network.publish('batch', bytesOf(1, 2, 3));
      await nodes[0]!.recorder.until(() => nodes[0]!.recorder.gossip.length > 0, 'the answer');
      expect(nodes[0]!.recorder.gossip.map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3]]);
      for (const { recorder } of nodes.slice(1)) {
        const sizes = recorder.gossip.filter(({ bytes }) => bytes.length !== 3).map(({ bytes }) => bytes.length);
        expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 1, 100_000, 100_000, 100_000, 100_000]);
      }
    });

    it('says which member a message came from', async () => {
      committee = await start(2);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      await first.network.publish('evidence', bytesOf(5));
      await second.recorder.until(() => second.recorder.gossip.length === 1, 'gossip');
      expect(second.recorder.gossip[0]!.from.memberIndex).toBe(0);
      expect(second.recorder.gossip[0]!.topic).toBe('evidence');
    });

    it('refuses what is too large, before it leaves', async () => {
      committee = await start(2, { gossipBytesMax: 100, directFrameBytesMax: 10, requestBytesMax: 10 });
      const { network } = committee.nodes[0]!;
      const code = { code: 'NETWORK_FRAME_EXCEEDED' };
      await expect(network.publish('batch', new Uint8Array(101))).rejects.toMatchObject(code);
      expect(() => network.sendDirect(1, 'agreement', new Uint8Array(11))).toThrow(expect.objectContaining(code));
      await expect(collect(network.request(1, 'sync', new Uint8Array(11)))).rejects.toMatchObject(code);
    });

    it('sends nothing to itself, to nobody, and no empty frame', async () => {
      committee = await start(2);
      const { network } = committee.nodes[0]!;
      expect(network.sendDirect(0, 'agreement', bytesOf(1))).toBe(false);
      expect(network.sendDirect(7, 'agreement', bytesOf(1))).toBe(false);
      expect(network.sendDirect(1, 'agreement', bytesOf())).toBe(false);
    });

    it('does not mind a buffer that its caller uses again', async () => {
      committee = await start(2);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      const buffer = bytesOf(1);
      // Also when it is a Buffer, whose slice() is no copy.
      const shared = Buffer.from([1]);
      first.network.sendDirect(1, 'agreement', buffer);
      first.network.sendDirect(1, 'agreement', shared);
      buffer[0] = 2;
      shared[0] = 2;
      await second.recorder.until(() => second.recorder.direct.length === 2, 'the frames');
      expect(second.recorder.direct.map(({ bytes }) => bytes)).toEqual([bytesOf(1), bytesOf(1)]);
    });

    it('keeps the newest frames for a member that is away, and says what it dropped', async () => {
      committee = await start(2, { directQueueFramesMax: 5 });
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      await second.network.stop();
      await first.recorder.until(() => first.recorder.in('connected').length === 0, 'the member is gone');
      const kept = Array.from({ length: 8 }, (_, k) => first.network.sendDirect(1, 'agreement', bytesOf(k)));
      expect(kept).toEqual([true, true, true, true, true, false, false, false]);
      expect(first.network.counters().directDropped).toBe(3);
      expect(first.network.peers()[0]).toMatchObject({ isConnected: false, queuedFrames: 5 });
      const { recorder } = await committee.restart(1);
      await recorder.until(() => recorder.direct.length === 5, 'the queue arrives');
      expect(recorder.direct.map(({ bytes }) => bytes[0])).toEqual([3, 4, 5, 6, 7]);
    });

    it('a restarted member gets and sends gossip again', async () => {
      committee = await start(3);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      await first.network.stop();
      await second.recorder.until(() => !second.recorder.in('connected').includes(0), 'the member is gone');
      const again = await committee.restart(0);
      await again.network.publish('certified', bytesOf(1));
      await second.network.publish('certified', bytesOf(2));
      await second.recorder.until(() => second.recorder.gossip.length === 1, 'gossip from it');
      await again.recorder.until(() => again.recorder.gossip.length === 1, 'gossip to it');
    });

    it('answers a request with frames in order, and empty ones too', async () => {
      committee = await start(2);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      second.recorder.answer = async function* ({ bytes, peer, method }) {
        yield bytes;
        yield bytesOf();
        yield bytesOf(peer.memberIndex ?? 255, method.length);
        yield new Uint8Array(1_000_000).fill(3);
      };
      const frames = await collect(first.network.request(1, 'sync', bytesOf(1, 2)));
      expect(frames.slice(0, 3).map((frame) => [...frame])).toEqual([[1, 2], [], [0, 4]]);
      expect(frames[3]).toEqual(new Uint8Array(1_000_000).fill(3));
      second.recorder.answer = async () => [bytesOf(8)];
      expect(await collect(first.network.request(1, 'ceremony', bytesOf()))).toEqual([bytesOf(8)]);
    });

    it('fails a request with the code that says why', async () => {
      committee = await start(2, { requestTimeoutMs: 300 });
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      const askFor = (to: number, options = {}) => collect(first.network.request(to, 'sync', bytesOf(1), options));
      await expect(askFor(5)).rejects.toMatchObject({ code: 'NETWORK_MEMBER_UNKNOWN' });
      second.recorder.answer = async () => {
        throw new Error('disk is full');
      };
      await expect(askFor(1)).rejects.toMatchObject({ code: 'NETWORK_RESPONSE_INVALID' });
      second.recorder.answer = async () => [bytesOf(1, 2), bytesOf(3, 4)];
      await expect(askFor(1, { framesMax: 1 })).rejects.toMatchObject({ code: 'NETWORK_RESPONSE_EXCEEDED' });
      await expect(askFor(1, { responseBytesMax: 3 })).rejects.toMatchObject({ code: 'NETWORK_RESPONSE_EXCEEDED' });
      second.recorder.answer = () => new Promise(() => {});
      await expect(askFor(1)).rejects.toMatchObject({ code: 'NETWORK_REQUEST_TIMEOUT' });
      await second.network.stop();
      await first.recorder.until(() => first.recorder.in('connected').length === 0, 'the member is gone');
      await expect(askFor(1)).rejects.toMatchObject({ code: 'NETWORK_MEMBER_MISSING' });
    });

    it('a follower may ask for blocks, and nothing else', async () => {
      committee = await start(2);
      const { recorder } = committee.nodes[0]!;
      recorder.answer = async ({ peer }) => [bytesOf(peer.memberIndex ?? 255)];
      const follower = await committee.follower();
      expect(follower.network.memberIndex).toBeUndefined();
      expect(await collect(follower.network.request(0, 'sync', bytesOf(1)))).toEqual([bytesOf(255)]);
      const refused = { code: 'NETWORK_REQUEST_EXCEEDED' };
      await expect(collect(follower.network.request(0, 'ceremony', bytesOf(1)))).rejects.toMatchObject(refused);
      expect(follower.network.sendDirect(0, 'agreement', bytesOf(1))).toBe(false);
      await expect(follower.network.publish('batch', bytesOf(1))).rejects.toMatchObject({
        code: 'NETWORK_MEMBER_MISSING',
      });
      expect(
        follower.network.peers().every(({ isGossiping }) => !isGossiping || follower.recorder.gossip.length === 0),
      );
    });

    it('survives handlers that throw', async () => {
      committee = await start(2);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      second.recorder.judge = () => {
        throw new Error('a bug of the host');
      };
      const onDirect = second.recorder.onDirect.bind(second.recorder);
      second.recorder.onDirect = (message) => {
        onDirect(message);
        throw new Error('another');
      };
      first.network.sendDirect(1, 'agreement', bytesOf(1));
      first.network.sendDirect(1, 'agreement', bytesOf(2));
      await first.network.publish('batch', bytesOf(1));
      await second.recorder.until(() => second.network.counters().handlersFailed === 3, 'three failures');
      expect(second.recorder.direct.length).toBe(2);
    });

    it('tells who is there', async () => {
      committee = await start(3);
      const [first, second] = committee.nodes as [ComplianceNode, ComplianceNode];
      expect(first.network.memberIndex).toBe(0);
      expect(first.network.peers().map(({ memberIndex, isConnected }) => ({ memberIndex, isConnected }))).toEqual([
        { memberIndex: 1, isConnected: true },
        { memberIndex: 2, isConnected: true },
      ]);
      await second.network.stop();
      await first.recorder.until(() => first.recorder.in('connected').join() === '2', 'one is gone');
      expect(first.network.peers()[0]!.isConnected).toBe(false);
    });
  });
}
