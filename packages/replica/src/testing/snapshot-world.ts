import { verifySignature } from '@cairn/crypto';
import { MerkleTree, merkleRoot } from '@cairn/merkle';
import { CairnError, type Hash, type MemberIndex } from '@cairn/primitives';
import {
  checkpointText,
  decodeSnapshotChunk,
  decodeSnapshotOffer,
  type EpochEnd,
  encodeCanonical,
  encodeCheckpointNote,
  encodeHeader,
  encodeSnapshotChunk,
  encodeSnapshotManifest,
  encodeSnapshotOffer,
  encodeSyncFrame,
  genesisHeader,
  headerHash,
  type SnapshotChunk,
  type SnapshotOffer,
} from '@cairn/protocol';
import { type SnapshotAsk, type SnapshotBase, SnapshotSync } from '../snapshot-sync.ts';
import { CertifiedChain, doorOf } from './certified-chain.ts';
import { answerOf } from './snapshot-server.ts';

export type Answer = readonly Uint8Array[] | 'silence';
/** A member: gets the question and what an honest one would say. */
export type Peer = (request: SnapshotAsk['request'], honest: readonly Uint8Array[]) => Answer;

export const EPOCH = 4;
export const network = new CertifiedChain({ epochBlocks: EPOCH });
export const other = new CertifiedChain({ epochBlocks: EPOCH, seed: 2 });
export const honest: Peer = (_, answer) => answer;

network.growTo(15);
other.growTo(15);

export function syncFrom(height: number, from = network): SnapshotSync {
  const checkpoint = from.commits[height - 1]?.note ?? '';
  return new SnapshotSync(
    { genesis: network.genesis, checkpoint },
    { door: doorOf(network.chain), verifyGroupSignature: verifySignature },
  );
}

export interface Outcome {
  readonly sync: SnapshotSync;
  readonly base: SnapshotBase | null;
  readonly code: string | null;
  readonly asked: readonly SnapshotAsk[];
  readonly tookMs: number;
}

/** Runs a machine against members 1, 2, 3 ... until it is done or gives up. */
export function run(sync: SnapshotSync, peers: readonly Peer[], startMs = network.time, of = network): Outcome {
  const members: readonly MemberIndex[] = peers.map((_, i) => i + 1);
  const asked: SnapshotAsk[] = [];
  let atMs = startMs;
  try {
    for (let turns = 0; turns < 10_000; turns++) {
      const step = sync.next(members, atMs);
      if (step.kind === 'done') return { sync, base: step.base, code: null, asked, tookMs: atMs - startMs };
      if (step.kind === 'wait') atMs += step.delayMs;
      else {
        asked.push(step);
        const answer = peers[step.peer - 1]?.(step.request, answerOf(of, step.request)) ?? [];
        atMs += answer === 'silence' ? 5000 : 10;
        if (answer === 'silence') sync.failed(step, 'no answer in time', atMs);
        else sync.answered(step, answer, atMs);
      }
    }
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { sync, base: null, code: error.code, asked, tookMs: atMs - startMs };
  }
  throw new Error('it never ends');
}

export const offerLie =
  (change: (offer: SnapshotOffer) => Partial<SnapshotOffer>): Peer =>
  (request, answer) => {
    if (request.kind !== 'snapshot' || answer[0] === undefined) return answer;
    const offer = decodeSnapshotOffer(answer[0].subarray(1));
    return [encodeSyncFrame('snapshot', encodeSnapshotOffer({ ...offer, ...change(offer) }))];
  };

export const chunkLie =
  (change: (chunk: SnapshotChunk) => Partial<SnapshotChunk>): Peer =>
  (request, answer) => {
    if (request.kind !== 'snapshot-chunk' || answer[0] === undefined) return answer;
    const chunk = decodeSnapshotChunk(answer[0].subarray(1));
    return [encodeSyncFrame('snapshot-chunk', encodeSnapshotChunk({ ...chunk, ...change(chunk) }))];
  };

export const hashLie = (hashes: readonly Hash[]) => hashes.map((each, i) => (i === 0 ? spoiltHash(each) : each));
export const spoiltHash = (hash: Hash) => ((hash.startsWith('0') ? '1' : '0') + hash.slice(1)) as Hash;

/** A history in which the committee signed a snapshot of these entries at the end of the epoch of block 9. */
export function forgery(entries: readonly { readonly key: string; readonly value: Uint8Array }[]) {
  const { height, time, stateHash } = network.commits[8]?.certified.block.header ?? network.chain.tip.header;
  const chunk = encodeCanonical(entries.map(({ key, value }) => [key, value]));
  const manifest = { height, time, stateHash, chunkCount: 1 };
  const tree = new MerkleTree([encodeSnapshotManifest(manifest), chunk]);
  const { block, ...rest } = (network.commits[11] as (typeof network.commits)[number]).certified;
  const epochEnd = { ...(block.header.epochEnd as EpochEnd), snapshotRoot: tree.root() };
  const endHeader = { ...block.header, epochEnd };
  const before = network.commits.slice(0, 11).map(({ certified }) => certified.block.header);
  const leaves = [genesisHeader(network.genesis), ...before, endHeader].map(encodeHeader);
  const { networkName } = network.genesis;
  const { networkId } = network.chain;
  const checkpoint = {
    networkName,
    networkId,
    treeSize: 13,
    root: merkleRoot(leaves),
    headerHash: headerHash(endHeader),
  };
  const groupSignature = network.group.sign(checkpointText(checkpoint));
  const note = encodeCheckpointNote(checkpoint, network.genesis.groupKey, groupSignature);
  const snapshot = {
    manifest,
    manifestPath: tree.inclusionProof(0),
    root: tree.root(),
    chunks: [{ index: 0, bytes: chunk, path: tree.inclusionProof(1) }],
  };
  const commits = network.commits
    .slice(0, 12)
    .map((commit) => ({ ...commit, snapshot: commit.height === 9 ? snapshot : null }));
  const last = commits[11] as (typeof commits)[number];
  commits[11] = { ...last, note, certified: { ...rest, block: { ...block, header: endHeader } } };
  return { answer: (request: SnapshotAsk['request']) => answerOf({ genesis: network.genesis, commits }, request) };
}
