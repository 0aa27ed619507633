import { checkpointText, decodeCheckpointNote, type Genesis } from '@cairn/protocol';
import type { ThresholdScheme } from '@cairn/threshold';
import type { Anchoring } from '../anchoring.ts';
import { demand } from '../violation.ts';
import type { Landed, VirtualTransaction } from '../virtual-chain.ts';
import type { Checker } from './checker.ts';

/** What the certified log says. */
export interface AnchoredLog {
  readonly height: number;
  /** Of the log over headers 0 .. height; undefined above the tip. */
  rootAt(height: number): string | undefined;
}

export interface AnchorsContext {
  readonly genesis: Genesis;
  readonly scheme: ThresholdScheme;
  readonly log: AnchoredLog;
}

/** Every anchor in the chain is a signed checkpoint of the certified log, and no checkpoint is paid for twice. */
export class Anchors implements Checker {
  readonly name = 'anchors';
  readonly #anchoring: Anchoring;
  readonly #context: AnchorsContext;
  #seen: readonly Landed[] = [];
  #seenCount = 0;
  readonly #sound = new WeakSet<VirtualTransaction>();
  /** Up to where the log was known then: a Byzantine member may certify a height before any honest one knows. */
  #knownHeight = 0;

  constructor(anchoring: Anchoring, context: AnchorsContext) {
    this.#anchoring = anchoring;
    this.#context = context;
  }

  /** The largest anchored tree that no fork can take away. */
  get finalTreeSize(): number {
    const { chain } = this.#anchoring;
    chain.advanceTo(this.#anchoring.nowMs);
    const final = chain.landed
      .filter(({ height }) => height <= chain.finalHeight)
      .map(({ transaction }) => sizeOf(transaction));
    return Math.max(0, ...final);
  }

  /** Whether the log has come to all that is anchored: a Byzantine member may be ahead of the honest ones for a while. */
  get isCovered(): boolean {
    const { landed } = this.#anchoring.chain;
    return landed.every(({ transaction }) => sizeOf(transaction) - 1 <= this.#context.log.height);
  }

  afterEvent(): void {
    const { landed } = this.#anchoring.chain;
    const { height } = this.#context.log;
    if (landed === this.#seen && landed.length === this.#seenCount && height === this.#knownHeight) return;
    this.#seen = landed;
    this.#seenCount = landed.length;
    this.#knownHeight = height;
    this.#look(landed, height);
  }

  atEnd(): void {
    this.#look(this.#anchoring.chain.landed, Number.POSITIVE_INFINITY);
  }

  /** @param known anchors of higher heights are judged later. */
  #look(landed: readonly Landed[], known: number): void {
    const sizes = new Set<number>();
    for (const { transaction } of landed) {
      const treeSize = sizeOf(transaction);
      if (!this.#sound.has(transaction) && treeSize - 1 <= known) this.#judge(transaction);
      demand(!sizes.has(treeSize), this.name, () => `the checkpoint of ${treeSize} headers is anchored twice`);
      sizes.add(treeSize);
    }
  }

  #judge(transaction: VirtualTransaction): void {
    const { checkpoint, groupSignature } = decodeCheckpointNote(transaction.memo);
    const { treeSize, root } = checkpoint;
    const { genesis, scheme, log } = this.#context;
    const isOfLog = log.rootAt(treeSize - 1) === root;
    demand(isOfLog, this.name, () => `the anchor of ${treeSize} headers is not of the certified log`);
    const isSigned = scheme.verifySignature(genesis.groupKey, checkpointText(checkpoint), groupSignature);
    demand(isSigned, this.name, () => `the anchor of ${treeSize} headers is not signed by the group`);
    this.#sound.add(transaction);
  }
}

const sizes = new WeakMap<VirtualTransaction, number>();

/** Of the tree that it anchors; a transaction never changes. */
function sizeOf(transaction: VirtualTransaction): number {
  let size = sizes.get(transaction);
  if (size === undefined) {
    size = decodeCheckpointNote(transaction.memo).checkpoint.treeSize;
    sizes.set(transaction, size);
  }
  return size;
}
