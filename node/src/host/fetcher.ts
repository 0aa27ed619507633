import type { Network } from '@cairn/network';
import { BoundedMap, hasCode, type MemberIndex } from '@cairn/primitives';
import { decodeSyncFrame, encodeSyncRequest, type SyncRequest } from '@cairn/protocol';
import type { Fetch, FrameSource, FrameVerdict } from '../threads/thread-messages.ts';

export interface FetcherDependencies {
  readonly request: Network['request'];
  readonly submit: (source: FrameSource, from: MemberIndex, bytes: Uint8Array) => Promise<FrameVerdict>;
  readonly onOutcome: (kind: Fetch['kind'], outcome: 'found' | 'missing') => void;
}

/** Fetches under way at once; the replica asks again for what it still misses. */
const FETCHES_MAX = 16;
const TIMEOUT_MS = 1_000;
const RANGE_TIMEOUT_MS = 5_000;
const FRAMES_MAX = 4096;
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;
/** So many members are asked, one after another, before the replica is waited for: it may no longer want it. */
const MEMBERS_MAX = 8;
/** Things whose last members asked are remembered. */
const UNFOUND_MAX = 256;

/** Asks members in the given order for batches and blocks; what they answer goes through the same door as all else. */
export class Fetcher {
  readonly #dependencies: FetcherDependencies;
  readonly #active = new Set<string>();
  /** How many members were asked in vain for a thing: the next ones come first when it is asked for again. */
  readonly #inVain = new BoundedMap<string, number>(UNFOUND_MAX);
  #isStopped = false;

  constructor(dependencies: FetcherDependencies) {
    this.#dependencies = dependencies;
  }

  /** Does nothing when the same is being fetched, or too much is. */
  start(fetch: Fetch): void {
    const request = requestOf(fetch);
    const key = JSON.stringify(request);
    if (this.#isStopped || this.#active.has(key) || this.#active.size >= FETCHES_MAX) return;
    this.#active.add(key);
    void this.#run(fetch, encodeSyncRequest(request), key).finally(() => this.#active.delete(key));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #run(fetch: Fetch, request: Uint8Array, key: string): Promise<void> {
    const wanted = fetch.kind === 'fetch-batches' ? fetch.ids.length : 1;
    const asked = this.#inVain.get(key) ?? 0;
    for (const member of this.#nextOf(fetch.from, asked)) {
      if (this.#isStopped) return;
      const got = await this.#ask(member, fetch, request);
      if (got < wanted) continue;
      this.#inVain.delete(key);
      return this.#dependencies.onOutcome(fetch.kind, 'found');
    }
    this.#inVain.set(key, asked + MEMBERS_MAX);
    this.#dependencies.onOutcome(fetch.kind, 'missing');
  }

  /** "A missing batch is asked of the proposer, then of everyone" (protocol section 4): in a large committee by turns. */
  #nextOf(members: readonly MemberIndex[], asked: number): readonly MemberIndex[] {
    const start = members.length === 0 ? 0 : asked % members.length;
    return [...members.slice(start), ...members.slice(0, start)].slice(0, MEMBERS_MAX);
  }

  /** @returns how many frames the door accepted. */
  async #ask(member: MemberIndex, fetch: Fetch, request: Uint8Array): Promise<number> {
    const { submit } = this.#dependencies;
    const isRange = fetch.kind === 'fetch-certified';
    let got = 0;
    try {
      const options = {
        timeoutMs: isRange ? RANGE_TIMEOUT_MS : TIMEOUT_MS,
        framesMax: FRAMES_MAX,
        responseBytesMax: RESPONSE_BYTES_MAX,
      };
      for await (const frame of this.#dependencies.request(member, 'sync', request, options)) {
        const { kind, encoded } = decodeSyncFrame(frame);
        if (kind === 'message' || kind === 'snapshot' || kind === 'snapshot-chunk') return got;
        // One after another: the certified block is judged after its batches, and no queue grows.
        const verdict = await submit(`sync-${kind}`, member, encoded);
        if (verdict === 'reject') return got;
        if (verdict === 'accept' && (!isRange || kind === 'certified')) got += 1;
      }
    } catch (error) {
      // Another member is asked; what failed is counted by the network.
      if (!isExpected(error)) throw error;
    }
    return got;
  }
}

function isExpected(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return hasCode(error, 'PROTOCOL_SHAPE_INVALID') || (typeof code === 'string' && code.startsWith('NETWORK_'));
}

function requestOf(fetch: Fetch): SyncRequest {
  switch (fetch.kind) {
    case 'fetch-batches':
      return { kind: 'batches', ids: fetch.ids };
    case 'fetch-block':
      return { kind: 'block', height: fetch.height, hash: fetch.hash };
    case 'fetch-certified':
      return { kind: 'certified', fromHeight: fetch.fromHeight, toHeight: fetch.toHeight };
  }
}
