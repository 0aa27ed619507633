import { verifySignature } from '@cairn/crypto';
import { createNetwork, type Network, type NetworkMember } from '@cairn/network';
import { CairnError, type MemberIndex } from '@cairn/primitives';
import {
  encodeSyncRequest,
  type Genesis,
  networkIdOf,
  SNAPSHOT_CHUNK_MESSAGE_BYTES_MAX,
  SNAPSHOT_OFFER_BYTES_MAX,
} from '@cairn/protocol';
import { networkDoor, type SnapshotAsk, type SnapshotBase, type SnapshotProgress, SnapshotSync } from '@cairn/replica';
import { NodeStore } from '@cairn/storage';
import type { Logger } from '@cairn/telemetry';
import { frostScheme } from '@cairn/threshold';

export interface BeginOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly dataDir: string;
  readonly listen: readonly string[];
  readonly members: readonly NetworkMember[];
  /** Reads the signed note that the operator trusts; asked only when the store is empty. */
  readonly checkpoint: () => Promise<string>;
}

export interface BeginDependencies {
  readonly identitySeed: Uint8Array;
  readonly log: Logger;
  readonly onProgress: (progress: SnapshotProgress) => void;
  /** Ends it, with nothing on disk. */
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 5_000;
/** A frame more than is asked for: an answer that goes on is told from one that ends. */
const FRAMES_MAX = 2;
const FRAME_ROOM_BYTES = 1024;

/**
 * "A new node starts from a snapshot" (protocol section 5.7): fetches one from the other members, checks all of it, and
 * makes it the beginning of an empty store. Until then nothing is on disk, so it may be tried again at any time.
 * @returns the height of the snapshot's block; null when the store has blocks already, or the signal aborted.
 * @throws SNAPSHOT_*, PROTOCOL_CHECKPOINT_MALFORMED, STORAGE_*, NETWORK_*
 */
export async function beginFromSnapshot(
  options: BeginOptions,
  dependencies: BeginDependencies,
): Promise<number | null> {
  const { genesis, self, dataDir } = options;
  const store = NodeStore.open({ dataDir, genesis, author: self });
  try {
    if (store.chain.tip().height > 0) return null;
    const base = await new Newcomer(options, await options.checkpoint(), dependencies).fetch();
    if (base === null) return null;
    store.install(base);
    return base.certified.block.header.height;
  } finally {
    store.close();
  }
}

/** Carries out what the machine asks for, over a network of its own: before the store has begun there is no member. */
class Newcomer {
  readonly #options: BeginOptions;
  readonly #dependencies: BeginDependencies;
  readonly #sync: SnapshotSync;
  #fatal: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(options: BeginOptions, checkpoint: string, dependencies: BeginDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { genesis } = options;
    const door = networkDoor(genesis, { verify: verifySignature, scheme: frostScheme });
    this.#sync = new SnapshotSync({ genesis, checkpoint }, { door, verifyGroupSignature: verifySignature });
  }

  async fetch(): Promise<SnapshotBase | null> {
    const { genesis, listen, members } = this.#options;
    const { identitySeed, signal } = this.#dependencies;
    const network = await createNetwork(
      { identitySeed, listen, members, networkTag: networkIdOf(genesis) },
      {
        handlers: {
          validateGossip: () => 'ignore',
          onDirect: () => {},
          // It has nothing yet; whoever asks goes on to another member.
          onRequest: async () => [],
          onPeer: () => this.#wake(),
        },
      },
    );
    try {
      return await this.#run(network, signal);
    } finally {
      await network.stop();
    }
  }

  async #run(network: Network, signal: AbortSignal): Promise<SnapshotBase | null> {
    while (!signal.aborted) {
      if (this.#fatal !== null) throw this.#fatal.error;
      const connected = network.peers().filter(({ isConnected }) => isConnected);
      const step = this.#sync.next(
        connected.map(({ memberIndex }) => memberIndex),
        Date.now(),
      );
      if (step.kind === 'done') return step.base;
      if (step.kind === 'ask') void this.#ask(network, step);
      else await this.#pause(step.delayMs, signal);
    }
    return null;
  }

  async #ask(network: Network, ask: SnapshotAsk): Promise<void> {
    const { onProgress, log } = this.#dependencies;
    const { peer, request } = ask;
    const before = this.#sync.progress;
    try {
      const frames = await framesOf(network, ask);
      this.#sync.answered(ask, frames, Date.now());
    } catch (error) {
      if (isOfPeer(error)) this.#sync.failed(ask, error.message, Date.now());
      else this.#fatal = { error };
    }
    if (this.#sync.isDropped(peer)) {
      log.warn('a member gave a false snapshot: it is not asked again', {
        member: peer,
        fault: this.#sync.reasons().get(peer),
        request: request.kind,
      });
    }
    const { progress } = this.#sync;
    if (progress.height !== before.height || progress.chunks !== before.chunks) onProgress(progress);
    this.#wake();
  }

  #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), delayMs);
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

async function framesOf(network: Network, { peer, request }: SnapshotAsk): Promise<readonly Uint8Array[]> {
  const bytesMax = request.kind === 'snapshot' ? SNAPSHOT_OFFER_BYTES_MAX : SNAPSHOT_CHUNK_MESSAGE_BYTES_MAX;
  const options = { timeoutMs: TIMEOUT_MS, framesMax: FRAMES_MAX, responseBytesMax: bytesMax + FRAME_ROOM_BYTES };
  const frames: Uint8Array[] = [];
  for await (const frame of network.request(peer, 'sync', encodeSyncRequest(request), options)) frames.push(frame);
  return frames;
}

function isOfPeer(error: unknown): error is CairnError {
  return error instanceof CairnError && error.code.startsWith('NETWORK_');
}
