import type { VerifySignature } from '@cairn/consensus';
import { entriesOfChunk, restoreState, type StateEntry, takeSnapshot } from '@cairn/ledger';
import { type FrontierData, verifyInclusion } from '@cairn/merkle';
import { assert, CairnError, type Hash, type MemberIndex, type UnixMs } from '@cairn/primitives';
import type { StateSnapshot } from '@cairn/protocol';
import {
  blockHash,
  type CertifiedBlock,
  type Checkpoint,
  decodeSnapshotChunk,
  decodeSnapshotOffer,
  decodeSyncFrame,
  encodeCheckpointNote,
  type Genesis,
  type SnapshotChunk,
  type SyncFrameKind,
  type SyncRequest,
} from '@cairn/protocol';
import { type CheckedOffer, checkOffer, readTrustedCheckpoint } from './check-offer.ts';
import type { NetworkDoor } from './network-door.ts';
import { SnapshotPeers } from './snapshot-peers.ts';

export interface SnapshotSyncOptions {
  readonly genesis: Genesis;
  /** A signed note that the operator trusts. */
  readonly checkpoint: string;
}

export interface SnapshotSyncDependencies {
  readonly door: NetworkDoor;
  /** The house's Ed25519 rule; a toy in the simulator. */
  readonly verifyGroupSignature: VerifySignature;
}

/** What a store begins with in the place of blocks 1 .. height. Every part of it is proven. */
export interface SnapshotBase {
  readonly certified: CertifiedBlock;
  readonly blockHash: Hash;
  /** The block's checkpoint as a signed note. */
  readonly note: string;
  /** Of the log over the headers below the block. */
  readonly frontier: FrontierData;
  readonly entries: readonly StateEntry[];
  readonly snapshot: StateSnapshot;
}

/** One question to one member; its answer, or its failure, is to be told. */
export interface SnapshotAsk {
  readonly kind: 'ask';
  readonly peer: MemberIndex;
  readonly request: Extract<SyncRequest, { kind: 'snapshot' | 'snapshot-chunk' }>;
}

/** What the host does next. After `ask` it calls `next` again at once: several members may be asked together. */
export type SnapshotSyncStep =
  | SnapshotAsk
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'done'; readonly base: SnapshotBase };

export interface SnapshotProgress {
  /** Of the snapshot that is being fetched; null while none was offered. */
  readonly height: number | null;
  readonly chunks: number;
  readonly chunkCount: number;
}

/** Without any progress for so long, it gives up. */
const GIVE_UP_MS = 60_000;
const WAIT_MS = 100;

interface Fetching {
  readonly offer: CheckedOffer;
  readonly offeredBy: MemberIndex;
  readonly chunks: (SnapshotChunk | undefined)[];
  readonly asked: Set<number>;
  /** Peers that do not have this snapshot. */
  readonly lacking: Set<MemberIndex>;
  count: number;
}

/**
 * How a new node gets a snapshot from members of whom any may lie (protocol section 5.7). A machine without I/O: the host
 * asks whom it names and tells what came. No chunk is kept unchecked, nothing is handed out before all is checked, and
 * nothing of it is on disk before: after a crash it begins again.
 */
export class SnapshotSync {
  readonly #options: SnapshotSyncOptions;
  readonly #dependencies: SnapshotSyncDependencies;
  readonly #trusted: Checkpoint;
  readonly #peers = new SnapshotPeers();
  #fetching: Fetching | null = null;
  #newestHeight = 0;
  #progressAtMs: UnixMs | null = null;
  #base: SnapshotBase | null = null;

  /** @throws PROTOCOL_CHECKPOINT_MALFORMED, SNAPSHOT_CHECKPOINT_MISMATCH, SNAPSHOT_CHECKPOINT_INVALID */
  constructor(options: SnapshotSyncOptions, dependencies: SnapshotSyncDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { genesis } = options;
    this.#trusted = readTrustedCheckpoint(options.checkpoint, { genesis, ...dependencies });
  }

  get progress(): SnapshotProgress {
    const fetching = this.#fetching;
    if (fetching === null) return { height: null, chunks: 0, chunkCount: 0 };
    const { height, chunkCount } = fetching.offer.manifest;
    return { height, chunks: fetching.count, chunkCount };
  }

  /** Members that proved to be liars are never asked again. */
  isDropped(peer: MemberIndex): boolean {
    return this.#peers.isDropped(peer);
  }

  /** What each member did last, for logs. */
  reasons(): ReadonlyMap<MemberIndex, string> {
    return this.#peers.reasons();
  }

  /**
   * @param peers members that can be asked now.
   * @throws SNAPSHOT_SOURCE_MISSING, SNAPSHOT_STATE_INVALID
   */
  next(peers: readonly MemberIndex[], atMs: UnixMs): SnapshotSyncStep {
    this.#progressAtMs ??= atMs;
    if (this.#fetching?.count === this.#fetching?.chunks.length) this.#finish();
    if (this.#base !== null) return { kind: 'done', base: this.#base };
    this.#giveUp(peers, atMs);
    const request = this.#nextRequest(peers);
    const lacking = this.#fetching?.lacking;
    const peer = request === null ? null : this.#peers.next(peers, atMs, (each) => lacking?.has(each) !== true);
    if (request === null || peer === null) return { kind: 'wait', delayMs: WAIT_MS };
    this.#peers.begin(peer);
    if (request.kind === 'snapshot-chunk') this.#fetching?.asked.add(request.index);
    return { kind: 'ask', peer, request };
  }

  /**
   * Takes what a member answered: frames as they came.
   * @throws SNAPSHOT_CHECKPOINT_EXCEEDED, SNAPSHOT_HISTORY_MISMATCH: the end, whoever is asked.
   */
  answered({ peer, request }: SnapshotAsk, frames: readonly Uint8Array[], atMs: UnixMs): void {
    if (request.kind === 'snapshot-chunk') this.#forget(request);
    const [frame] = frames;
    if (frame === undefined) return this.#hasNone(peer, request, atMs);
    if (frames.length > 1) return this.#peers.drop(peer, 'answers more than was asked');
    try {
      if (request.kind === 'snapshot') this.#takeOffer(peer, frame, atMs);
      else this.#takeChunk(peer, request, frame, atMs);
    } catch (error) {
      // Bytes that do not decode are a lie; what no peer can change ends the whole.
      if (!(error instanceof CairnError) || error.code.startsWith('SNAPSHOT_')) throw error;
      this.#peers.drop(peer, error.message);
    }
  }

  /** Silence, a broken stream, an answer beyond its bounds. */
  failed({ peer, request }: SnapshotAsk, reason: string, atMs: UnixMs): void {
    if (request.kind === 'snapshot-chunk') this.#forget(request);
    this.#peers.failed(peer, reason, atMs);
  }

  #nextRequest(peers: readonly MemberIndex[]): SnapshotAsk['request'] | null {
    this.#dropIfGone(peers);
    const fetching = this.#fetching;
    if (fetching === null) return { kind: 'snapshot', treeSize: this.#trusted.treeSize };
    const { chunks, asked, offer } = fetching;
    for (let index = 0; index < chunks.length; index++) {
      if (chunks[index] !== undefined || asked.has(index)) continue;
      return { kind: 'snapshot-chunk', height: offer.manifest.height, index };
    }
    return null;
  }

  /** Members keep the last two snapshots: one that nobody has any more is given up for a newer one. */
  #dropIfGone(peers: readonly MemberIndex[]): void {
    const fetching = this.#fetching;
    if (fetching === null || fetching.asked.size > 0) return;
    const able = peers.filter((peer) => !this.#peers.isDropped(peer) && !fetching.lacking.has(peer));
    if (able.length > 0 || fetching.lacking.size === 0) return;
    this.#peers.countEmptyOffer(fetching.offeredBy);
    this.#fetching = null;
  }

  #takeOffer(peer: MemberIndex, frame: Uint8Array, atMs: UnixMs): void {
    const offer = decodeSnapshotOffer(payloadOf(frame, 'snapshot'));
    const context = { ...this.#dependencies, genesis: this.#options.genesis, trusted: this.#trusted, atMs };
    const result = checkOffer(offer, context);
    if (!result.ok) return this.#peers.drop(peer, result.fault);
    this.#peers.helped(peer);
    const { height, chunkCount } = result.offer.manifest;
    // Several are asked at once; a newer one is taken only while nothing of the older one is here.
    const isBetter = this.#fetching === null || (this.#fetching.count === 0 && height > this.#newestHeight);
    if (!isBetter) return;
    if (height > this.#newestHeight) this.#progressAtMs = atMs;
    this.#newestHeight = Math.max(height, this.#newestHeight);
    this.#fetching = {
      offer: result.offer,
      offeredBy: peer,
      chunks: new Array<SnapshotChunk | undefined>(chunkCount).fill(undefined),
      asked: new Set(),
      lacking: new Set(),
      count: 0,
    };
  }

  #takeChunk(
    peer: MemberIndex,
    request: Extract<SyncRequest, { kind: 'snapshot-chunk' }>,
    frame: Uint8Array,
    atMs: UnixMs,
  ): void {
    const chunk = decodeSnapshotChunk(payloadOf(frame, 'snapshot-chunk'));
    const fetching = this.#fetchingOf(request);
    if (fetching === null) return this.#peers.helped(peer);
    const { manifest, snapshotRoot } = fetching.offer;
    const claim = {
      leaf: chunk.bytes,
      index: request.index + 1,
      size: manifest.chunkCount + 1,
      proof: chunk.path,
      root: snapshotRoot,
    };
    if (chunk.index !== request.index || !verifyInclusion(claim))
      return this.#peers.drop(peer, `chunk ${request.index} is not under the snapshot root`);
    this.#peers.helped(peer);
    if (fetching.chunks[request.index] !== undefined) return;
    fetching.chunks[request.index] = chunk;
    fetching.count += 1;
    this.#progressAtMs = atMs;
  }

  #hasNone(peer: MemberIndex, request: SnapshotAsk['request'], atMs: UnixMs): void {
    if (request.kind === 'snapshot') return this.#peers.failed(peer, 'has no snapshot for this checkpoint', atMs);
    this.#fetchingOf(request)?.lacking.add(peer);
    this.#peers.failed(peer, 'has no such chunk', atMs);
  }

  #fetchingOf({ height }: { readonly height: number }): Fetching | null {
    return this.#fetching?.offer.manifest.height === height ? this.#fetching : null;
  }

  #forget(request: Extract<SyncRequest, { kind: 'snapshot-chunk' }>): void {
    this.#fetchingOf(request)?.asked.delete(request.index);
  }

  #giveUp(peers: readonly MemberIndex[], atMs: UnixMs): void {
    assert(this.#progressAtMs !== null, 'the first call sets it');
    const isHopeless =
      peers.length > 0 && peers.length === this.#memberCount - 1 && peers.every((each) => this.isDropped(each));
    if (!isHopeless && atMs - this.#progressAtMs <= GIVE_UP_MS) return;
    const told = [...this.reasons()].map(([peer, reason]) => `member ${peer}: ${reason}`).join('; ');
    throw new CairnError('SNAPSHOT_SOURCE_MISSING', `no member gives a snapshot: ${told || 'none can be reached'}`, {
      chunks: this.progress.chunks,
    });
  }

  get #memberCount(): number {
    return this.#options.genesis.members.length;
  }

  /** All chunks are here: the state they make must have the same root, or this release understands them otherwise. */
  #finish(): void {
    const fetching = this.#fetching;
    if (fetching === null || this.#base !== null) return;
    const { manifest, snapshotRoot, certified, frontier, checkpoint } = fetching.offer;
    const { genesis } = this.#options;
    const chunks = fetching.chunks as readonly SnapshotChunk[];
    const made = attempt(() => {
      const entries = chunks.flatMap(({ bytes }) => entriesOfChunk(bytes));
      return { entries, snapshot: takeSnapshot(restoreState(genesis, entries, manifest)) };
    });
    if (made?.snapshot.root !== snapshotRoot) {
      const { height } = manifest;
      throw new CairnError('SNAPSHOT_STATE_INVALID', 'the state of the snapshot has another root', { height });
    }
    this.#base = {
      certified,
      blockHash: blockHash(certified.block),
      note: encodeCheckpointNote(checkpoint, genesis.groupKey, certified.groupSignature),
      frontier: frontier.toJSON(),
      ...made,
    };
  }
}

function payloadOf(frame: Uint8Array, expected: SyncFrameKind): Uint8Array {
  const { kind, encoded } = decodeSyncFrame(frame);
  if (kind !== expected) throw new CairnError('PROTOCOL_SHAPE_INVALID', `expected a frame of kind ${expected}`);
  return encoded;
}

/** @returns null where a proven chunk holds what this release cannot read. */
function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return null;
  }
}
