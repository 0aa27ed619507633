// Raw bytes on the streams of a real node, from a stranger and from one who has a member's key.
import type { Rng } from '@cairn/primitives';
import { decodeAgreementMessage, decodeSyncRequest, encodeAgreementMessage, encodeSyncRequest } from '@cairn/protocol';
import { encodeFrame } from '../../../packages/network/src/framing.ts';
import type { NetworkLimits } from '../../../packages/network/src/options.ts';
import { testSeed } from '../../../packages/network/src/testing/committee.ts';
import { type Libp2pCommittee, startLibp2pCommittee } from '../../../packages/network/src/testing/libp2p-committee.ts';
import { RawPeer } from '../../../packages/network/src/testing/raw-peer.ts';
import { MESSAGE_KINDS, messageOf, syncRequestOf } from '../../vectors/random-messages.ts';
import { mutateBytes } from '../inputs/mutate-bytes.ts';
import { Broken, isAccepted, type Subject, type Target } from '../target.ts';

/** Bans and budgets would keep the fuzzer out: this is about what bytes do, the tests of the network about bans. */
const LIMITS: Partial<NetworkLimits> = {
  banMs: 1,
  requestsPerSecondMember: 100_000,
  requestsPerSecondStranger: 100_000,
  refusalsPerSecond: 1_000_000,
  inboundConnectionsPerHostAndSecond: 100_000,
  responseStallMs: 500,
  requestTimeoutMs: 500,
};
const PROTOCOLS = ['direct/agreement', 'direct/dkg', 'request/sync', 'request/ceremony', 'request/time'];
const FOREIGN = ['/meshsub/1.2.0', '/meshsub/1.1.0', '/cairn/id/1.0.0', '/ipfs/ping/1.0.0', '/x'];
const HOSTILE = 1;
const WITNESS = 2;
const ALIVE_EVERY = 20;
const SESSION = 500;

type Connection = Awaited<ReturnType<RawPeer['connect']>>;

/** One frame, or several, of what an honest peer sends there; then with something wrong. */
function framesOf(rng: Rng): Uint8Array {
  const message = () => encodeAgreementMessage(messageOf(rng, rng.pick(MESSAGE_KINDS)));
  const honest = () => encodeFrame(rng.chance(0.5) ? message() : encodeSyncRequest(syncRequestOf(rng)));
  if (rng.chance(0.1)) return rng.bytes(rng.integer(0, 300));
  const bytes = Buffer.concat(Array.from({ length: rng.integer(1, 3) }, honest));
  return rng.chance(0.2) ? bytes : mutateBytes(bytes, rng, honest);
}

/** A peer that is connected again whenever it was cut off. */
class Intruder {
  readonly #committee: Libp2pCommittee;
  readonly #peer: RawPeer;
  #connection: Connection | undefined;

  constructor(committee: Libp2pCommittee, peer: RawPeer) {
    this.#committee = committee;
    this.#peer = peer;
  }

  /** Opens a stream and sends. @returns whether there was a stream: protocols and places are refused without harm. */
  async send(protocol: string, bytes: Uint8Array, isAborted: boolean): Promise<boolean> {
    try {
      if (this.#connection?.status !== 'open') this.#connection = await this.#peer.connect(this.#target);
      const stream = await this.#connection.newStream(protocol, { signal: AbortSignal.timeout(2_000) });
      if (stream.status === 'open') stream.send(bytes);
      if (isAborted) stream.abort(new Error('gone'));
      else await stream.close({ signal: AbortSignal.timeout(50) }).catch(() => stream.abort(new Error('gone')));
      return true;
    } catch {
      // the other end has cut it off, as it should
      return false;
    }
  }

  get #target() {
    return (this.#committee.nodes[0] as Libp2pCommittee['nodes'][0]).network;
  }

  stop(): Promise<void> {
    return this.#peer.stop();
  }
}

async function committeeUnderFire(): Promise<Subject> {
  const committee = await startLibp2pCommittee(3, LIMITS);
  const [target, hostile, witness] = committee.nodes as [Node, Node, Node];
  await hostile.network.stop();
  await target.recorder.until(() => target.recorder.in('connected').join() === `${WITNESS}`, 'it left');
  target.recorder.judge = ({ bytes }) => (isAccepted(() => decodeAgreementMessage(bytes)) ? 'accept' : 'reject');
  target.recorder.answer = async ({ bytes }) => (isAccepted(() => decodeSyncRequest(bytes)) ? [bytes] : []);
  const member = new Intruder(committee, await RawPeer.start({ seed: committee.seeds[HOSTILE] as Uint8Array }));
  const stranger = new Intruder(committee, await RawPeer.start({ seed: testSeed('stranger') }));
  let taken = 0;
  let marks = 0;
  return {
    generate: framesOf,
    take: async (input, rng) => {
      const protocol = rng.chance(0.75) ? RawPeer.protocol(rng.pick(PROTOCOLS)) : rng.pick(FOREIGN);
      const isSent = await (rng.chance(0.7) ? member : stranger).send(protocol, input, rng.chance(0.2));
      if (++taken % ALIVE_EVERY === 0) await demandServed(target, witness, ++marks);
      return isSent;
    },
    close: async () => {
      await Promise.all([member.stop(), stranger.stop()]);
      await committee.stop();
    },
  };
}

type Node = Libp2pCommittee['nodes'][0];

/** Another member still gets through. */
async function demandServed(target: Node, witness: Node, mark: number): Promise<void> {
  const { recorder } = target;
  const frame = Uint8Array.of(0xaa, mark & 255, mark >> 8);
  const isHere = () =>
    recorder.direct.some(({ from, bytes }) => from === WITNESS && Buffer.compare(bytes, frame) === 0);
  witness.network.sendDirect(0, 'agreement', frame);
  await recorder.until(isHere, 'a frame of another member').catch(() => {
    throw new Broken('another member is not served any more');
  });
  recorder.direct.length = 0;
  recorder.gossip.length = 0;
  recorder.events.length = 0;
  recorder.peers.splice(0, Math.max(0, recorder.peers.length - 50));
}

export const targets: readonly Target[] = [
  { name: 'streams/libp2p', sessionInputs: SESSION, share: 0.01, open: committeeUnderFire },
];
