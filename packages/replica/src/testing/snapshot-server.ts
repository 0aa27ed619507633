import { verifySignature } from '@cairn/crypto';
import { LogFrontier, MerkleTree } from '@cairn/merkle';
import { assert } from '@cairn/primitives';
import {
  encodeHeader,
  encodeSnapshotChunk,
  encodeSnapshotOffer,
  encodeSyncFrame,
  genesisHeader,
} from '@cairn/protocol';
import { snapshotOffer } from '../snapshot-offer.ts';
import { type SnapshotAsk, type SnapshotBase, SnapshotSync } from '../snapshot-sync.ts';
import { type CertifiedChain, doorOf } from './certified-chain.ts';

/** What an honest member of that chain answers. */
export function answerOf(
  network: Pick<CertifiedChain, 'commits' | 'genesis'>,
  request: SnapshotAsk['request'],
): readonly Uint8Array[] {
  const { commits, genesis } = network;
  const snapshots = commits.flatMap(({ snapshot }) => snapshot ?? []).slice(-2);
  if (request.kind === 'snapshot-chunk') {
    const chunk = snapshots.find(({ manifest }) => manifest.height === request.height)?.chunks[request.index];
    return chunk === undefined ? [] : [encodeSyncFrame('snapshot-chunk', encodeSnapshotChunk(chunk))];
  }
  const headers = [genesisHeader(genesis), ...commits.map(({ certified }) => certified.block.header)];
  const logOf = (size: number) => new MerkleTree(headers.slice(0, size).map(encodeHeader));
  const source = {
    epochBlocks: genesis.parameters.epochBlocks,
    tipHeight: commits.length,
    baseHeight: 0,
    snapshots,
    header: (height: number) => headers[height] ?? null,
    note: (height: number) => commits[height - 1]?.note ?? null,
    certifiedBlock: (height: number) => commits[height - 1]?.certified ?? null,
    frontier: (size: number) =>
      headers.slice(0, size).reduce((frontier, header) => frontier.append(encodeHeader(header)), LogFrontier.empty),
    consistency: ({ firstSize, secondSize }: { readonly firstSize: number; readonly secondSize: number }) =>
      logOf(secondSize).consistencyProof(firstSize),
  };
  const offer = snapshotOffer(source, request.treeSize);
  return offer === null ? [] : [encodeSyncFrame('snapshot', encodeSnapshotOffer(offer))];
}

/** What a new node gets from that chain's newest completed snapshot, with every check made. */
export function baseOf(network: CertifiedChain): SnapshotBase {
  const { genesis, commits } = network;
  const checkpoint = commits.at(-1)?.note ?? '';
  const sync = new SnapshotSync(
    { genesis, checkpoint },
    { door: doorOf(network.chain), verifyGroupSignature: verifySignature },
  );
  for (;;) {
    const step = sync.next([1], network.time);
    if (step.kind === 'done') return step.base;
    assert(step.kind === 'ask', 'an honest member is always asked');
    sync.answered(step, answerOf(network, step.request), network.time);
  }
}
