// Goal: our integer H3 operations agree with the reference library, on golden vectors and on random cells.
import { readFileSync } from 'node:fs';
import { Rng } from '@cairn/primitives';
import * as h3 from 'h3-js';
import { describe, expect, it } from 'vitest';
import { cellParent, cellResolution, cellText, isValidCell } from './h3-cell.ts';
import { gridDistance } from './h3-distance.ts';

const toCell = (text: string) => BigInt(`0x${text}`);

interface Vectors {
  readonly valid: readonly {
    readonly cell: string;
    readonly resolution: number;
    readonly parents: readonly string[];
  }[];
  readonly invalid: readonly { readonly why: string; readonly cell: string }[];
  readonly distances: readonly { readonly a: string; readonly b: string; readonly steps: number | 'far' | null }[];
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/ledger/h3.json', import.meta.url), 'utf8'),
);

describe('golden cells', () => {
  it('validity, resolution and parents', () => {
    expect(vectors.valid.length).toBeGreaterThan(100);
    for (const { cell, resolution, parents } of vectors.valid) {
      expect(isValidCell(toCell(cell)), cell).toBe(true);
      expect(cellResolution(toCell(cell)), cell).toBe(resolution);
      const ours = parents.map((_, r) => cellText(cellParent(toCell(cell), r) as bigint));
      expect(ours, cell).toEqual(parents);
      if (resolution < 15) expect(cellParent(toCell(cell), resolution + 1), cell).toBeNull();
    }
  });

  it.each(vectors.invalid.map(({ why, cell }) => [why, cell]))('no cell: %s', (_, cell) => {
    expect(isValidCell(toCell(cell))).toBe(false);
  });

  it('grid distances', () => {
    expect(vectors.distances.length).toBeGreaterThan(100);
    for (const { a, b, steps } of vectors.distances) {
      expect(gridDistance(toCell(a), toCell(b)), `${a} to ${b}`).toBe(steps);
      expect(gridDistance(toCell(b), toCell(a)), `${b} to ${a}`).toBe(steps);
    }
  });
});

describe('random cells', () => {
  const rng = new Rng(3);
  const randomCell = (resolution: number) =>
    h3.latLngToCell(rng.fraction() * 180 - 90, rng.fraction() * 360 - 180, resolution);

  it('any 64 bits: valid here exactly when valid there', () => {
    for (let i = 0; i < 20_000; i++) {
      // a valid cell with one to three bits turned over
      let bits = toCell(randomCell(rng.integer(0, 15)));
      for (let flips = rng.integer(0, 3); flips > 0; flips--) bits ^= 1n << BigInt(rng.integer(0, 63));
      expect(isValidCell(bits), cellText(bits)).toBe(h3.isValidCell(cellText(bits)));
    }
  });

  it('near cells on hexagonal base cells are as far apart as the reference says', () => {
    let measured = 0;
    let across = 0;
    for (let i = 0; i < 3000; i++) {
      const resolution = rng.integer(1, 12);
      const a = randomCell(resolution);
      const b = rng.pick(h3.gridDisk(a, rng.integer(1, 8)));
      const steps = gridDistance(toCell(a), toCell(b));
      if (steps === null || steps === 'far') continue;
      expect(steps, `${a} to ${b}`).toBe(h3.gridDistance(a, b));
      measured++;
      if (h3.getBaseCellNumber(a) !== h3.getBaseCellNumber(b)) across++;
    }
    expect(measured).toBeGreaterThan(2500);
    expect(across).toBeGreaterThan(50);
  });

  it('says far for base cells that do not touch, and only then', () => {
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [randomCell(4), randomCell(4)];
      const [from, to] = [h3.cellToParent(a, 0), h3.cellToParent(b, 0)];
      const touch = h3.gridDisk(from, 1).includes(to);
      expect(gridDistance(toCell(a), toCell(b)) === 'far', `${a} to ${b}`).toBe(!touch);
    }
  });
});
