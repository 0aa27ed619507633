import { LogFrontier, verifyConsistency, verifyInclusion } from '@cairn/merkle';
import { ZERO_HASH } from '@cairn/primitives';
import { encodeHeader } from '@cairn/protocol';
import type { SnapshotBase } from '@cairn/replica';
import { baseOf, CertifiedChain } from '@cairn/replica/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeStore } from './node-store.ts';
import { removeDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

const BASE = 9;
const TIP = 15;
const network = new CertifiedChain({ epochBlocks: 4 });
network.growTo(TIP);
const base = baseOf(network);
const later = network.commits.slice(BASE).map((commit) => ({ kind: 'certified', commit }) as const);
const coded = (code: string) => expect.objectContaining({ code });

let directory: string;
let store: NodeStore;
const open = () => NodeStore.open({ dataDir: directory, genesis: network.genesis, author: 1 });

beforeEach(() => {
  directory = temporaryDirectory();
  store = open();
});
afterEach(() => {
  store.close();
  removeDirectory(directory);
});

function reopened(): NodeStore {
  store.close();
  store = open();
  return store;
}

describe('a store that begins with a snapshot', () => {
  it('restores its state, tip, log and snapshot, before the first block after it and later', () => {
    store.install(base);
    const restored = reopened().restore();
    expect(restored.tip).toEqual({ certified: base.certified, blockHash: base.blockHash });
    expect(restored.snapshot).toEqual({ height: BASE, root: base.snapshot.root });
    const entries = [...restored.ledgerEntries].map(({ key, value }) => ({ key, value: Uint8Array.from(value) }));
    expect(entries).toEqual(base.entries.map(({ key, value }) => ({ key, value: Uint8Array.from(value) })));
    store.append(later);
    const { frontier, tip } = reopened().restore();
    expect(LogFrontier.restore(frontier ?? { size: 0, hashes: [] }).root()).toBe(network.commits.at(-1)?.logRoot);
    expect(tip?.blockHash).toBe(network.chain.tip.hash);
    expect(store.chain.snapshots().map(({ manifest }) => manifest.height)).toEqual([13, BASE]);
  });

  it('proves what lies above its beginning, and says of the rest that it is not here', () => {
    store.install(base);
    store.append(later);
    const { proofs, chain } = reopened();
    for (let treeSize = BASE + 1; treeSize <= TIP + 1; treeSize++) {
      const root = network.commits[treeSize - 2]?.logRoot ?? ZERO_HASH;
      expect(proofs.logRoot(treeSize)).toBe(root);
      for (let height = BASE; height < treeSize; height++) {
        const { path } = proofs.header({ height, treeSize });
        const leaf = encodeHeader(network.commits[height - 1]?.certified.block.header ?? network.chain.tip.header);
        expect(verifyInclusion({ leaf, index: height, size: treeSize, proof: path, root })).toBe(true);
      }
      for (let firstSize = BASE + 1; firstSize <= treeSize; firstSize++) {
        const proof = proofs.consistency({ firstSize, secondSize: treeSize });
        const firstRoot = network.commits[firstSize - 2]?.logRoot ?? ZERO_HASH;
        expect(verifyConsistency({ firstSize, firstRoot, secondSize: treeSize, secondRoot: root, proof })).toBe(true);
      }
    }
    for (const size of [1, 4, BASE]) {
      expect(() => proofs.logRoot(size)).toThrowError(coded('STORAGE_HEIGHT_OUT_OF_RANGE'));
      expect(() => proofs.consistency({ firstSize: size, secondSize: TIP })).toThrowError(
        coded('STORAGE_HEIGHT_OUT_OF_RANGE'),
      );
      expect(() => proofs.header({ height: size - 1, treeSize: TIP })).toThrowError(
        coded('STORAGE_HEIGHT_OUT_OF_RANGE'),
      );
    }
    expect([chain.baseHeight(), chain.prunedBelow()]).toEqual([BASE, BASE + 1]);
    expect([chain.header(BASE - 1), chain.certifiedBlock(3), chain.note(3)]).toEqual([null, null, null]);
    for (const fromHeight of [1, BASE]) {
      expect(chain.certifiedRange({ fromHeight, toHeight: TIP, bytesMax: 1e6 })).toEqual([]);
    }
    expect(chain.certifiedRange({ fromHeight: BASE + 1, toHeight: TIP, bytesMax: 1e6 }).length).toBe(TIP - BASE);
    expect(store.prune({ keepFromHeight: TIP, blocksMax: 99 }).prunedBelow).toBe(TIP);
  });

  it('is begun once, and whole or not at all', () => {
    const other: SnapshotBase = { ...base, frontier: { ...base.frontier, hashes: base.frontier.hashes.toReversed() } };
    expect(() => store.install(other)).toThrowError(coded('STORAGE_COMMIT_INVALID'));
    // An entry twice: the disk refuses in the middle of the transaction.
    const broken: SnapshotBase = {
      ...base,
      snapshot: { ...base.snapshot, chunks: [...base.snapshot.chunks, ...base.snapshot.chunks] },
    };
    expect(() => store.install(broken)).toThrow();
    expect(reopened().chain.tip().height).toBe(0);
    expect([...store.chain.ledgerEntries()]).toEqual([]);
    store.install(base);
    expect(() => store.install(base)).toThrowError(coded('STORAGE_HEIGHT_INVALID'));
    expect(store.chain.tip().height).toBe(BASE);
  });
});
