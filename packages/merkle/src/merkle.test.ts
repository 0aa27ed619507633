import { sha256Hash } from '@cairn/crypto';
import { fromHex, type Hash, Rng, utf8 } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  LogFrontier,
  LogTree,
  leafHash,
  MerkleTree,
  merkleRoot,
  nodeHash,
  recordsRoot,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';

/** The reference leaves of Certificate Transparency, and the roots over the first 1 .. 8 of them. */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => fromHex(hex));
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const numbered = (count: number) => Array.from({ length: count }, (_, i) => utf8(`leaf ${i}`));
const flipped = (hash: Hash) => ((hash.startsWith('0') ? '1' : '0') + hash.slice(1)) as Hash;

describe('roots', () => {
  it('RFC 9162 section 2.1.1: the tree without leaves has the hash of nothing', () => {
    expect(merkleRoot([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(LogFrontier.empty.root()).toBe(EMPTY_ROOT);
  });

  it('equal the Certificate Transparency reference', () => {
    for (const [i, root] of CT_ROOTS.entries())
      expect(merkleRoot(CT_LEAVES.slice(0, i + 1)), `size ${i + 1}`).toBe(root);
  });

  it('of records are those of the same leaves, at every size', () => {
    const rng = new Rng(5);
    for (const recordBytes of [1, 32, 34]) {
      for (let count = 0; count <= 130; count++) {
        const leaves = Array.from({ length: count }, () => rng.bytes(recordBytes));
        const write = (i: number, out: Uint8Array, at: number) => out.set(leaves[i] as Uint8Array, at);
        expect(recordsRoot({ count, recordBytes, write }), `${count} of ${recordBytes}`).toBe(merkleRoot(leaves));
      }
    }
  });

  it('tell a leaf from a node: no leaf of 64 bytes has the root of two leaves', () => {
    const [left, right] = [leafHash(utf8('a')), leafHash(utf8('b'))];
    const forged = new Uint8Array([...fromHex(left), ...fromHex(right)]);
    expect(merkleRoot([forged])).not.toBe(merkleRoot([utf8('a'), utf8('b')]));
    expect(nodeHash({ left, right })).toBe(sha256Hash(Uint8Array.of(1), forged));
  });
});

describe('inclusion proofs', () => {
  it('equal the Certificate Transparency reference', () => {
    expect(inclusionProof(CT_LEAVES, 0)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  it('of every leaf of every size up to 40 verify, and for no other index, size, leaf or root', () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = numbered(size);
      const tree = new MerkleTree(leaves);
      const root = tree.root();
      for (let index = 0; index < size; index++) {
        const claim = { leaf: leaves[index] as Uint8Array, index, size, proof: tree.inclusionProof(index), root };
        const label = `leaf ${index} of ${size}`;
        expect(verifyInclusion(claim), label).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: utf8('other') }), label).toBe(false);
        expect(verifyInclusion({ ...claim, root: flipped(root) }), label).toBe(false);
        expect(verifyInclusion({ ...claim, index: (index + 1) % (size + 1) }), label).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, root] }), label).toBe(false);
        if (size > 1) expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) }), label).toBe(false);
      }
    }
  });

  it('of a changed leaf, or with a changed hash, never verify', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 70 }),
        fc.nat(),
        fc.uint8Array({ maxLength: 40 }),
        (leaves, at, other) => {
          const index = at % leaves.length;
          const leaf = leaves[index] as Uint8Array;
          const claim = { index, size: leaves.length, proof: inclusionProof(leaves, index), root: merkleRoot(leaves) };
          expect(verifyInclusion({ ...claim, leaf })).toBe(true);
          if (Buffer.compare(other, leaf) !== 0) expect(verifyInclusion({ ...claim, leaf: other })).toBe(false);
          for (let i = 0; i < claim.proof.length; i++) {
            const proof = claim.proof.with(i, flipped(claim.proof[i] as Hash));
            expect(verifyInclusion({ ...claim, leaf, proof })).toBe(false);
          }
        },
      ),
    );
  });

  it('of any garbage are refused without throwing', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.double(), fc.double(), fc.string(), (proof, index, size, root) => {
        expect(verifyInclusion({ leaf: utf8('x'), index, size, proof: proof as Hash[], root: root as Hash })).toBe(
          false,
        );
        const sizes = { firstSize: index, secondSize: size, firstRoot: root as Hash, secondRoot: root as Hash };
        expect(verifyConsistency({ ...sizes, proof: proof as Hash[] })).toBe(false);
      }),
    );
    const long = { leaf: utf8('x'), index: 0, size: 2 ** 53 - 1, root: EMPTY_ROOT };
    expect(verifyInclusion({ ...long, proof: Array(10_000).fill(EMPTY_ROOT) })).toBe(false);
  });
});

describe('consistency proofs', () => {
  it('equal the Certificate Transparency reference', () => {
    expect(consistencyProof(CT_LEAVES, 6)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('of every pair of sizes up to 40 verify, and of a rewritten log never', () => {
    const leaves = numbered(40);
    const rewritten = leaves.with(0, utf8('rewritten'));
    for (let secondSize = 0; secondSize <= 40; secondSize++) {
      const tree = new MerkleTree(leaves.slice(0, secondSize));
      for (let firstSize = 0; firstSize <= secondSize; firstSize++) {
        const firstRoot = merkleRoot(leaves.slice(0, firstSize));
        const claim = {
          firstSize,
          firstRoot,
          secondSize,
          secondRoot: tree.root(),
          proof: tree.consistencyProof(firstSize),
        };
        const label = `${firstSize} of ${secondSize}`;
        expect(verifyConsistency(claim), label).toBe(true);
        expect(verifyConsistency({ ...claim, firstRoot: flipped(firstRoot) }), label).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, firstRoot] }), label).toBe(false);
        if (firstSize === 0) continue;
        expect(verifyConsistency({ ...claim, secondRoot: flipped(claim.secondRoot) }), label).toBe(false);
        const other = new MerkleTree(rewritten.slice(0, secondSize));
        const lie = { ...claim, secondRoot: other.root(), proof: other.consistencyProof(firstSize) };
        expect(verifyConsistency(lie), label).toBe(false);
        for (let i = 0; i < claim.proof.length; i++) {
          const proof = claim.proof.with(i, flipped(claim.proof[i] as Hash));
          expect(verifyConsistency({ ...claim, proof }), label).toBe(false);
        }
      }
    }
  });
});

describe('the log', () => {
  it('has the batch root at every size, and restores from JSON', () => {
    const leaves = numbered(130);
    let frontier = LogFrontier.empty;
    for (const [i, leaf] of leaves.entries()) {
      const before = frontier;
      frontier = frontier.append(leaf);
      expect(before.size).toBe(i);
      expect(frontier.root(), `size ${i + 1}`).toBe(merkleRoot(leaves.slice(0, i + 1)));
      const restored = LogFrontier.restore(JSON.parse(JSON.stringify(frontier)));
      expect(restored).toEqual(frontier);
    }
  });

  it('proves any past size from the nodes that its appends completed', () => {
    const store = new Map<string, Hash>();
    const leaves = numbered(75);
    let frontier = LogFrontier.empty;
    for (const leaf of leaves) {
      const step = frontier.appendTracked(leaf);
      for (const { level, index, hash } of step.completed) store.set(`${level}/${index}`, hash);
      frontier = step.frontier;
    }
    const readNode = (level: number, index: number) => {
      const hash = store.get(`${level}/${index}`);
      if (!hash) throw new Error(`read of an incomplete subtree ${level}/${index}`);
      return hash;
    };
    const log = new LogTree({ readNode });
    const rng = new Rng(3);
    for (let i = 0; i < 200; i++) {
      const size = rng.integer(1, leaves.length);
      const index = rng.integer(0, size - 1);
      const tree = new MerkleTree(leaves.slice(0, size));
      expect(log.root(size)).toBe(tree.root());
      expect(log.inclusionProof({ index, size })).toEqual(tree.inclusionProof(index));
      expect(log.consistencyProof({ firstSize: index, secondSize: size })).toEqual(tree.consistencyProof(index));
    }
  });

  it('refuses proofs of what it does not have, and frontiers that do not fit', () => {
    const tree = new MerkleTree(numbered(3));
    const outOfRange = expect.objectContaining({ code: 'MERKLE_INDEX_OUT_OF_RANGE' });
    for (const index of [3, -1, 0.5, Number.NaN]) expect(() => tree.inclusionProof(index)).toThrow(outOfRange);
    expect(() => tree.consistencyProof(4)).toThrow(outOfRange);
    const malformed = expect.objectContaining({ code: 'MERKLE_FRONTIER_MALFORMED' });
    for (const data of [
      { size: 2, hashes: [EMPTY_ROOT, EMPTY_ROOT] },
      { size: -1, hashes: [] },
      { size: 1, hashes: ['x' as Hash] },
    ]) {
      expect(() => LogFrontier.restore(data)).toThrow(malformed);
    }
  });

  it('far out, where bit operators would fail, appends and verifies', () => {
    const size = 2 ** 40;
    const frontier = LogFrontier.restore({ size, hashes: [EMPTY_ROOT] });
    const leaf = utf8('late');
    const root = frontier.append(leaf).root();
    expect(verifyInclusion({ leaf, index: size, size: size + 1, proof: [EMPTY_ROOT], root })).toBe(true);
    const sizes = { firstSize: size, firstRoot: EMPTY_ROOT, secondSize: size + 1, secondRoot: root };
    expect(verifyConsistency({ ...sizes, proof: [leafHash(leaf)] })).toBe(true);
  });
});
