import { hash } from 'node:crypto';
import { fromHex, type MemberIndex, type PublicKey, toHex } from '@cairn/primitives';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type {
  DirectMessage,
  GossipTopic,
  GossipVerdict,
  IncomingRequest,
  NetworkEvent,
  NetworkHandlers,
  NetworkMember,
  PeerEvent,
  PeerIdentity,
} from '../network.ts';

/** @returns a seed that everyone may know. */
export function testSeed(label: string): Uint8Array {
  return fromHex(hash('sha256', `cairn network test ${label}`, 'hex'));
}

export async function testKey(seed: Uint8Array): Promise<PublicKey> {
  return toHex((await generateKeyPairFromSeed('Ed25519', seed)).publicKey.raw) as PublicKey;
}

export interface GossipArrival {
  readonly topic: GossipTopic;
  readonly bytes: Uint8Array;
  readonly from: PeerIdentity;
}

/** Handlers that remember what came, and let a test wait for it. */
export class Recorder implements NetworkHandlers {
  readonly gossip: GossipArrival[] = [];
  readonly direct: DirectMessage[] = [];
  readonly peers: PeerEvent[] = [];
  readonly events: NetworkEvent[] = [];
  #waiting: (() => void)[] = [];
  judge: (arrival: GossipArrival) => GossipVerdict | Promise<GossipVerdict> = () => 'accept';
  answer: (request: IncomingRequest) => AsyncIterable<Uint8Array> | Promise<readonly Uint8Array[]> = async () => [];

  validateGossip(topic: GossipTopic, bytes: Uint8Array, from: PeerIdentity): GossipVerdict | Promise<GossipVerdict> {
    const arrival = { topic, bytes, from };
    this.gossip.push(arrival);
    this.#changed();
    return this.judge(arrival);
  }

  onDirect(message: DirectMessage): void {
    this.direct.push(message);
    this.#changed();
  }

  onRequest(request: IncomingRequest): AsyncIterable<Uint8Array> | Promise<readonly Uint8Array[]> {
    return this.answer(request);
  }

  onPeer(event: PeerEvent): void {
    this.peers.push(event);
    this.#changed();
  }

  onEvent(event: NetworkEvent): void {
    this.events.push(event);
    this.#changed();
  }

  /** Resolves as soon as `condition` holds; looked at after each thing that happens here. */
  async until(condition: () => boolean, message: string, timeoutMs = 45_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`never happened: ${message}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Members that are in `kind` now, by their last event. */
  in(kind: 'connected' | 'gossiping'): readonly MemberIndex[] {
    const last = new Map<MemberIndex, Set<string>>();
    for (const event of this.peers) {
      if (event.kind === 'disconnected') last.delete(event.memberIndex);
      else last.set(event.memberIndex, (last.get(event.memberIndex) ?? new Set()).add(event.kind));
    }
    return [...last].filter(([, kinds]) => kinds.has(kind)).map(([index]) => index);
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** A committee of `count` with well-known keys and no addresses yet. */
export async function testMembers(count: number): Promise<{ members: NetworkMember[]; seeds: Uint8Array[] }> {
  const seeds = Array.from({ length: count }, (_, index) => testSeed(`member ${index}`));
  const keys = await Promise.all(seeds.map(testKey));
  return { seeds, members: keys.map((publicKey, index) => ({ index, publicKey, addresses: [] })) };
}
