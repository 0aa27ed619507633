import type { VerifySignature } from '@cairn/consensus';
import { LogFrontier, verifyConsistency, verifyInclusion } from '@cairn/merkle';
import { CairnError, type Hash } from '@cairn/primitives';
import {
  blockHash,
  type CertifiedBlock,
  CHECKPOINT_AGE_MS_MAX,
  type Checkpoint,
  checkpointText,
  decodeCheckpointNote,
  encodeHeader,
  encodeSnapshotManifest,
  epochOfHeight,
  firstOfEpoch,
  type Genesis,
  headerHash,
  networkIdOf,
  type SnapshotManifest,
  type SnapshotOffer,
} from '@cairn/protocol';
import { certificateFault } from './follow-certified.ts';
import type { NetworkDoor } from './network-door.ts';

export interface OfferContext {
  readonly genesis: Genesis;
  readonly trusted: Checkpoint;
  readonly door: NetworkDoor;
  /** The house's rule, for the group's signature. */
  readonly verifyGroupSignature: VerifySignature;
  readonly atMs: number;
}

/** An offer whose every word is proven. */
export interface CheckedOffer {
  readonly manifest: SnapshotManifest;
  readonly snapshotRoot: Hash;
  readonly certified: CertifiedBlock;
  readonly frontier: LogFrontier;
  /** Of the snapshot's block. */
  readonly checkpoint: Checkpoint;
}

export type OfferResult =
  | { readonly ok: true; readonly offer: CheckedOffer }
  | { readonly ok: false; readonly fault: string };

/**
 * Reads a checkpoint that an operator trusts.
 * @throws PROTOCOL_CHECKPOINT_MALFORMED, SNAPSHOT_CHECKPOINT_MISMATCH, SNAPSHOT_CHECKPOINT_INVALID
 */
export function readTrustedCheckpoint(
  note: string,
  by: { readonly genesis: Genesis; readonly verifyGroupSignature: VerifySignature },
): Checkpoint {
  const { checkpoint, groupSignature } = decodeCheckpointNote(note);
  const { genesis, verifyGroupSignature } = by;
  if (!isOfNetwork(checkpoint, genesis)) {
    throw new CairnError('SNAPSHOT_CHECKPOINT_MISMATCH', 'the checkpoint is of another network', {
      networkId: checkpoint.networkId,
      expected: networkIdOf(genesis),
    });
  }
  const isSigned = verifyGroupSignature(genesis.groupKey, checkpointText(checkpoint), groupSignature);
  if (!isSigned || checkpoint.treeSize < 2) {
    const why = isSigned ? 'the checkpoint names no block' : 'the group key did not sign the checkpoint';
    throw new CairnError('SNAPSHOT_CHECKPOINT_INVALID', why, { treeSize: checkpoint.treeSize });
  }
  return checkpoint;
}

/**
 * "It needs a checkpoint [...] not older than 14 days, and refuses a history that is not consistent with it" (5.7).
 * @returns the fault of whoever made the offer, if there is one.
 * @throws SNAPSHOT_CHECKPOINT_EXCEEDED, SNAPSHOT_HISTORY_MISMATCH: no other peer could change it.
 */
export function checkOffer(offer: SnapshotOffer, context: OfferContext): OfferResult {
  const { trusted, genesis, atMs } = context;
  // The note names the header by its hash: no peer can make the checkpoint younger or older than it is.
  if (headerHash(offer.trustedHeader) !== trusted.headerHash) return refuse('not the header of the checkpoint');
  const ageMs = atMs - offer.trustedHeader.time;
  if (ageMs > CHECKPOINT_AGE_MS_MAX) {
    throw new CairnError('SNAPSHOT_CHECKPOINT_EXCEEDED', 'the checkpoint is older than 14 days', {
      treeSize: trusted.treeSize,
      ageMs,
    });
  }
  const { epochBlocks } = genesis.parameters;
  const { manifest } = offer;
  if (manifest.height < 1 || manifest.height !== firstOfEpoch(manifest.height, epochBlocks))
    return refuse("not of an epoch's first block");
  // At the checkpoint's height every member had completed the snapshot of the epoch before.
  const oldest = epochOfHeight(trusted.treeSize - 1, epochBlocks) - 1;
  if (epochOfHeight(manifest.height, epochBlocks) < oldest) return refuse('older than the checkpoint');
  const begin = beginOf(offer, context);
  if (!begin.ok) return begin;
  const fault = endFault(offer, begin.offer.checkpoint, context);
  return fault === null ? begin : refuse(fault);
}

/** The block to begin with: its votes, the log below it, and the group's signature over both. */
function beginOf(offer: SnapshotOffer, { genesis, door, verifyGroupSignature }: OfferContext): OfferResult {
  const { certified, manifest } = offer;
  const { block } = certified;
  const { header } = block;
  const isItsState =
    header.height === manifest.height && header.time === manifest.time && header.stateHash === manifest.stateHash;
  if (!isItsState) return refuse('the manifest is not that of the block');
  // The block's parts are those that its header names, and the certificate is the block's: the door looks at that too.
  const fault = certificateFault(certified, door);
  if (fault !== null) return refuse(`certificate: ${fault}`);
  const frontier = frontierOf(offer.frontier, header.height);
  if (frontier === null) return refuse("the frontier is not of the block's height");
  // Another frontier gives another root, which the group did not sign.
  const grown = frontier.append(encodeHeader(header));
  const checkpoint: Checkpoint = {
    networkName: genesis.networkName,
    networkId: networkIdOf(genesis),
    treeSize: grown.size,
    root: grown.root(),
    headerHash: blockHash(block),
  };
  if (!verifyGroupSignature(genesis.groupKey, checkpointText(checkpoint), certified.groupSignature))
    return refuse('the group signature of the block does not verify');
  const snapshotRoot = offer.endHeader.epochEnd?.snapshotRoot;
  if (snapshotRoot === undefined) return refuse("no header of an epoch's last block");
  return { ok: true, offer: { manifest, snapshotRoot, certified, frontier, checkpoint } };
}

/** "Chunks under the snapshotRoot of an epoch's last block": that header, its checkpoint, and how the logs fit. */
function endFault(offer: SnapshotOffer, begin: Checkpoint, context: OfferContext): string | null {
  const { genesis, trusted, verifyGroupSignature } = context;
  const { endHeader, manifest } = offer;
  const { checkpoint: end, groupSignature } = decodeCheckpointNote(offer.endNote);
  const { epochBlocks } = genesis.parameters;
  if (endHeader.epochEnd === null || endHeader.height !== manifest.height - 1 + epochBlocks)
    return "not the header of the epoch's last block";
  const isItsNote = end.treeSize === endHeader.height + 1 && end.headerHash === headerHash(endHeader);
  if (!isItsNote || !isOfNetwork(end, genesis)) return "not the checkpoint of the epoch's last block";
  if (!verifyGroupSignature(genesis.groupKey, checkpointText(end), groupSignature))
    return "the checkpoint of the epoch's last block is not signed";
  if (end.treeSize === trusted.treeSize && end.root !== trusted.root) {
    throw new CairnError('SNAPSHOT_HISTORY_MISMATCH', 'two signed checkpoints of one size differ', {
      treeSize: end.treeSize,
    });
  }
  if (!isPrefix(begin, end, offer.endProof)) return 'the block is not in the log of its epoch';
  const [smaller, larger] = trusted.treeSize < end.treeSize ? [trusted, end] : [end, trusted];
  if (!isPrefix(smaller, larger, offer.trustedProof)) return 'not shown to be consistent with the checkpoint';
  const claim = {
    leaf: encodeSnapshotManifest(manifest),
    index: 0,
    size: manifest.chunkCount + 1,
    proof: offer.manifestPath,
    root: endHeader.epochEnd.snapshotRoot,
  };
  return verifyInclusion(claim) ? null : 'the manifest is not under the snapshot root';
}

function isPrefix(smaller: Checkpoint, larger: Checkpoint, proof: readonly Hash[]): boolean {
  const [firstSize, firstRoot] = [smaller.treeSize, smaller.root];
  return verifyConsistency({ firstSize, firstRoot, secondSize: larger.treeSize, secondRoot: larger.root, proof });
}

function isOfNetwork(checkpoint: Checkpoint, genesis: Genesis): boolean {
  return checkpoint.networkId === networkIdOf(genesis) && checkpoint.networkName === genesis.networkName;
}

function frontierOf(hashes: readonly Hash[], size: number): LogFrontier | null {
  try {
    return LogFrontier.restore({ size, hashes });
  } catch {
    return null;
  }
}

function refuse(fault: string): { readonly ok: false; readonly fault: string } {
  return { ok: false, fault };
}
