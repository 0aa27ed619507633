import type { Hash, MemberIndex } from '@cairn/primitives';
import {
  type Block,
  decodeSyncRequest,
  encodeBlock,
  encodeSnapshotOffer,
  encodeSyncFrame,
  type SyncRequest,
} from '@cairn/protocol';
import { snapshotOffer } from '@cairn/replica';
import type { ChainProofs, ChainReads } from '@cairn/storage';

type SyncReads = Pick<
  ChainReads,
  | 'certifiedRange'
  | 'batchBytes'
  | 'tip'
  | 'baseHeight'
  | 'snapshots'
  | 'snapshotChunk'
  | 'header'
  | 'note'
  | 'certifiedBlock'
>;

export interface SyncServerDependencies {
  readonly chain: SyncReads;
  readonly proofs: Pick<ChainProofs, 'consistency' | 'frontier'>;
  readonly epochBlocks: number;
  /** A block of the height being agreed on, or one that was prepared here. */
  readonly candidate: (hash: Hash) => Block | null;
  /** The newest signed message of a member, as it came. */
  readonly latestOf: (member: MemberIndex) => Uint8Array | undefined;
}

/** Heights of one answer: as many as a member asks for at once. */
const RANGE_HEIGHTS_MAX = 64;
/** Of one answer; the core does nothing else meanwhile. Whoever needs more asks again. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Answers what others ask for (protocol 5.7). Certified blocks and snapshots are for everyone, the rest for members. */
export class SyncServer {
  readonly #dependencies: SyncServerDependencies;

  constructor(dependencies: SyncServerDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns frames, none when there is nothing. @throws PROTOCOL_* for a malformed request. */
  serve(encoded: Uint8Array, member: MemberIndex | null): readonly Uint8Array[] {
    const request = decodeSyncRequest(encoded);
    if (request.kind === 'certified') return this.#range(request);
    if (request.kind === 'snapshot') return this.#offer(request.treeSize);
    if (request.kind === 'snapshot-chunk') return this.#chunk(request);
    if (member === null) return [];
    switch (request.kind) {
      case 'batches':
        return this.#batches(request.ids);
      case 'block': {
        const block = this.#dependencies.candidate(request.hash);
        return block === null ? [] : [encodeSyncFrame('block', encodeBlock(block))];
      }
      case 'own-latest': {
        const message = this.#dependencies.latestOf(member);
        return message === undefined ? [] : [encodeSyncFrame('message', message)];
      }
    }
  }

  #offer(treeSize: number): readonly Uint8Array[] {
    const { chain, proofs, epochBlocks } = this.#dependencies;
    const source = {
      epochBlocks,
      tipHeight: chain.tip().height,
      baseHeight: chain.baseHeight(),
      snapshots: chain.snapshots(),
      header: (height: number) => chain.header(height),
      note: (height: number) => chain.note(height),
      certifiedBlock: (height: number) => chain.certifiedBlock(height),
      frontier: (size: number) => proofs.frontier(size),
      consistency: (sizes: Parameters<ChainProofs['consistency']>[0]) => proofs.consistency(sizes),
    };
    const offer = snapshotOffer(source, treeSize);
    return offer === null ? [] : [encodeSyncFrame('snapshot', encodeSnapshotOffer(offer))];
  }

  #chunk({ height, index }: Extract<SyncRequest, { kind: 'snapshot-chunk' }>): readonly Uint8Array[] {
    const chunk = this.#dependencies.chain.snapshotChunk(height, index);
    return chunk === null ? [] : [encodeSyncFrame('snapshot-chunk', chunk)];
  }

  #batches(ids: readonly Hash[]): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    let bytes = 0;
    for (const id of ids) {
      const batch = this.#dependencies.chain.batchBytes(id);
      if (batch === null) continue;
      bytes += batch.length;
      if (bytes > ANSWER_BYTES_MAX && frames.length > 0) break;
      frames.push(encodeSyncFrame('batch', batch));
    }
    return frames;
  }

  #range({ fromHeight, toHeight }: Extract<SyncRequest, { kind: 'certified' }>): readonly Uint8Array[] {
    if (fromHeight < 1 || toHeight < fromHeight) return [];
    const last = Math.min(toHeight, fromHeight + RANGE_HEIGHTS_MAX - 1);
    const blocks = this.#dependencies.chain.certifiedRange({
      fromHeight,
      toHeight: last,
      bytesMax: ANSWER_BYTES_MAX,
    });
    return blocks.flatMap(({ certified, batches }) => [
      ...batches.map((batch) => encodeSyncFrame('batch', batch)),
      encodeSyncFrame('certified', certified),
    ]);
  }
}
