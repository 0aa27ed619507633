import { leaderOf } from '@cairn/consensus';
import {
  type BatchUse,
  commit,
  type Execution,
  execute,
  genesisState,
  isBatchUsable,
  type LedgerState,
  type Turns,
  takeSnapshot,
} from '@cairn/ledger';
import { LogFrontier } from '@cairn/merkle';
import {
  assert,
  type Hash,
  type MemberIndex,
  type NetworkId,
  type Quorum,
  quorumOf,
  type UnixMs,
  ZERO_HASH,
} from '@cairn/primitives';
import type { StateSnapshot } from '@cairn/protocol';
import {
  BLOCK_BATCHES_MAX,
  BLOCK_BYTES_MAX,
  BLOCK_ITEMS_MAX,
  type Block,
  type BlockHeader,
  batchesRootOf,
  blockHash,
  type Checkpoint,
  type Committee,
  checkpointText,
  committeeHash,
  encodeHeader,
  epochOfHeight,
  firstOfEpoch,
  type Genesis,
  genesisCommittee,
  genesisHeader,
  headerHash,
  isBlockWhole,
  isLastOfEpoch,
  LEADER_FAILURES_MAX,
  networkIdOf,
  type PrepareCertificate,
  prepareCertificateHash,
} from '@cairn/protocol';
import type { PoolBatch } from './batch-pool.ts';

/** The newest certified header, and the prepare certificate that its child will carry (null for header 0). */
export interface Tip {
  readonly header: BlockHeader;
  readonly hash: Hash;
  readonly certificate: PrepareCertificate | null;
}

/** A block with what executing it gave, ready to be committed. */
export interface ExecutedBlock {
  readonly block: Block;
  readonly hash: Hash;
  readonly batches: readonly PoolBatch[];
  readonly execution: Execution;
}

export type CheckResult =
  | { readonly ok: true; readonly executed: ExecutedBlock }
  | { readonly ok: false; readonly fault: string };

export interface ChainStart {
  readonly genesis: Genesis;
  readonly state?: LedgerState;
  readonly tip?: Tip;
  readonly frontier?: LogFrontier;
  readonly snapshot?: SnapshotMark | null;
}

/** Which snapshot was taken last: all that the header of its epoch's last block needs. */
export interface SnapshotMark {
  readonly height: number;
  readonly root: Hash;
}

/**
 * The certified chain as one follower knows it: tip, log and ledger state. Members and aggregators share it. Builds and
 * checks the blocks of the next height; candidates do not change it, only `commit` does.
 */
export class Chain {
  readonly genesis: Genesis;
  readonly networkId: NetworkId;
  readonly committee: Committee;
  readonly quorum: Quorum;
  readonly state: LedgerState;
  #tip: Tip;
  #frontier: LogFrontier;
  #snapshot: SnapshotMark | null;
  readonly #committeeHash: Hash;
  /** The last text that was asked for; it depends on the log, so on the height. */
  #checkpoint: { readonly hash: Hash; readonly height: number; readonly text: Uint8Array } | null = null;

  constructor(start: ChainStart) {
    const header0 = genesisHeader(start.genesis);
    this.genesis = start.genesis;
    this.networkId = networkIdOf(start.genesis);
    this.committee = genesisCommittee(start.genesis);
    this.quorum = quorumOf(this.committee.members.length);
    this.#committeeHash = committeeHash(this.committee);
    this.state = start.state ?? genesisState(start.genesis);
    this.#tip = start.tip ?? { header: header0, hash: headerHash(header0), certificate: null };
    this.#frontier = start.frontier ?? LogFrontier.empty.append(encodeHeader(header0));
    this.#snapshot = start.snapshot ?? null;
  }

  get tip(): Tip {
    return this.#tip;
  }

  /** Of the log over headers 0 .. tip height. */
  get frontier(): LogFrontier {
    return this.#frontier;
  }

  /** The height that is being agreed on. */
  get nextHeight(): number {
    return this.#tip.header.height + 1;
  }

  get nextEpoch(): number {
    return epochOfHeight(this.nextHeight, this.genesis.parameters.epochBlocks);
  }

  /** leader(next height, view): who is absent may be skipped (5.4). */
  leaderOf(view: number): MemberIndex {
    const { members, faulty } = this.quorum;
    const skipped = new Set(this.state.roster.skippedNext);
    return leaderOf({ height: this.nextHeight, view, memberCount: members, faulty, skipped });
  }

  batchUse(batch: PoolBatch): BatchUse {
    return isBatchUsable(this.state, batch, this.nextHeight);
  }

  /** Executes `batches` and gives the block of the next height. */
  build(batches: readonly PoolBatch[], by: { readonly leader: MemberIndex; readonly time: UnixMs }): ExecutedBlock {
    const { execution, header } = this.#run(batches, by, this.#tip.certificate);
    const block = { header, batchIds: batches.map(({ id }) => id), parentCertificate: this.#tip.certificate };
    return { block, hash: headerHash(header), batches, execution };
  }

  /**
   * Executes a block on this state and compares every header field.
   * @param batches those that the block names, in its order.
   */
  check(block: Block, batches: readonly PoolBatch[]): CheckResult {
    const fault = this.linkFault(block) ?? this.#batchesFault(block, batches);
    if (fault !== null) return { ok: false, fault };
    const { header } = block;
    const own = this.#run(batches, header, block.parentCertificate);
    const differing = differingField(header, own.header);
    if (differing !== null) return { ok: false, fault: `execution gives another ${differing}` };
    return { ok: true, executed: { block, hash: blockHash(block), batches, execution: own.execution } };
  }

  /** What can be said of a block without its batches. @returns null, or the broken rule. */
  linkFault(block: Block): string | null {
    const { header, parentCertificate } = block;
    if (header.height !== this.nextHeight) return 'not of the next height';
    if (header.parentHash !== this.#tip.hash) return 'its parent is not the tip';
    if (header.time <= this.#tip.header.time) return 'its time is not past its parent';
    if (header.leader >= this.quorum.members) return 'its leader is not a member';
    if (!isBlockWhole(block)) return 'its batch ids or parent certificate are not those of its header';
    if (header.height === 1) return parentCertificate === null ? null : 'block 1 has no parent certificate';
    if (parentCertificate === null) return 'its parent certificate is missing';
    const isOfTip =
      parentCertificate.blockHash === this.#tip.hash && parentCertificate.height === this.#tip.header.height;
    if (!isOfTip) return 'its parent certificate is of another block';
    return null;
  }

  /** What the committee signs for a block of the next height. */
  checkpointOf(block: Block): Checkpoint {
    const frontier = this.#frontier.append(encodeHeader(block.header));
    return {
      networkName: this.genesis.networkName,
      networkId: this.networkId,
      treeSize: frontier.size,
      root: frontier.root(),
      headerHash: blockHash(block),
    };
  }

  /** @returns the text that the group signs: for a request, each of its shares and the certified block it is the same. */
  checkpointTextOf(block: Block): Uint8Array {
    const hash = blockHash(block);
    if (this.#checkpoint?.hash !== hash || this.#checkpoint.height !== this.nextHeight) {
      this.#checkpoint = { hash, height: this.nextHeight, text: checkpointText(this.checkpointOf(block)) };
    }
    return this.#checkpoint.text;
  }

  /**
   * Makes a certified block of the next height the tip. The caller has checked its group signature.
   * @returns the snapshot of the new state when the block is the first of its epoch, to be kept with the block.
   */
  commit(executed: ExecutedBlock, certificate: PrepareCertificate): StateSnapshot | null {
    const { header } = executed.block;
    commit(this.state, executed.execution);
    this.#frontier = this.#frontier.append(encodeHeader(header));
    this.#tip = { header, hash: executed.hash, certificate };
    if (header.height !== firstOfEpoch(header.height, this.genesis.parameters.epochBlocks)) return null;
    const snapshot = takeSnapshot(this.state);
    this.#snapshot = { height: header.height, root: snapshot.root };
    return snapshot;
  }

  #run(
    batches: readonly PoolBatch[],
    by: { readonly leader: MemberIndex; readonly time: UnixMs },
    parentCertificate: PrepareCertificate | null,
  ): { readonly execution: Execution; readonly header: BlockHeader } {
    const height = this.nextHeight;
    const epoch = this.nextEpoch;
    const turns = parentCertificate === null ? null : this.#turnsOf(parentCertificate);
    const execution = execute(this.state, { height, time: by.time, leader: by.leader, epoch, turns, batches });
    const header: BlockHeader = {
      version: this.genesis.rulesVersion,
      networkId: this.networkId,
      height,
      parentHash: this.#tip.hash,
      parentCertificateHash: parentCertificate === null ? ZERO_HASH : prepareCertificateHash(parentCertificate),
      time: by.time,
      leader: by.leader,
      epoch,
      batchesRoot: batchesRootOf(batches.map(({ id }) => id)),
      receiptsRoot: execution.receiptsRoot,
      reportsRoot: execution.reportsRoot,
      resultsRoot: execution.resultsRoot,
      stateHash: execution.stateHash,
      previousLogRoot: this.#frontier.root(),
      committeeHash: this.#committeeHash,
      epochEnd: isLastOfEpoch(height, this.genesis.parameters.epochBlocks)
        ? { snapshotRoot: this.#snapshotRoot(height), rewardsRoot: ZERO_HASH, nextCommitteeHash: this.#committeeHash }
        : null,
    };
    return { execution, header };
  }

  /** "In an epoch's last block also snapshotRoot (of the state at the epoch's first block)" (protocol section 6). */
  #snapshotRoot(height: number): Hash {
    const mark = this.#snapshot;
    const isOfEpoch = mark?.height === firstOfEpoch(height, this.genesis.parameters.epochBlocks);
    assert(mark !== null && isOfEpoch, 'the snapshot of the epoch is taken at its first block');
    return mark.root;
  }

  /** Of the tip's height: its schedule is that of the state before. */
  #turnsOf({ height, view, blockHash, votes }: PrepareCertificate): Turns {
    const at = { height, memberCount: this.quorum.members, faulty: this.quorum.faulty };
    const skipped = new Set(this.state.roster.skippedNow);
    const leader = (of: number) => leaderOf({ ...at, view: of, skipped });
    const first = Math.max(0, view - LEADER_FAILURES_MAX * this.quorum.members);
    const failed = Array.from({ length: view - first }, (_, i) => leader(first + i));
    return { height, blockHash, failed, led: leader(view), voters: votes.map(({ member }) => member) };
  }

  #batchesFault(block: Block, batches: readonly PoolBatch[]): string | null {
    const { batchIds } = block;
    const isSame = batchIds.length === batches.length && batchIds.every((id, i) => batches[i]?.id === id);
    if (!isSame) return 'these are not its batches';
    if (batchIds.length > BLOCK_BATCHES_MAX) return 'too many batches';
    // A proposal that names a batch twice, or one already counted, or expired, is invalid.
    if (new Set(batchIds).size !== batchIds.length) return 'names a batch twice';
    let items = 0;
    let bytes = 0;
    for (const batch of batches) {
      const use = this.batchUse(batch);
      if (use !== 'ok') return `names a batch that is ${use}`;
      items += batch.items.length;
      bytes += batch.byteCount;
    }
    if (items > BLOCK_ITEMS_MAX) return 'too many items';
    if (bytes > BLOCK_BYTES_MAX) return 'too many bytes';
    return null;
  }
}

function differingField(theirs: BlockHeader, ours: BlockHeader): string | null {
  for (const field of Object.keys(ours) as (keyof BlockHeader)[]) {
    if (field !== 'epochEnd' && theirs[field] !== ours[field]) return field;
  }
  const a = theirs.epochEnd;
  const b = ours.epochEnd;
  const isSameEnd =
    a === null || b === null
      ? a === b
      : a.nextCommitteeHash === b.nextCommitteeHash &&
        a.rewardsRoot === b.rewardsRoot &&
        a.snapshotRoot === b.snapshotRoot;
  return isSameEnd ? null : 'end of epoch';
}
