/** Cells, parents and grid distances as the reference library has them, for our integer operations. */
import { Rng } from '@cairn/primitives';
import * as h3 from 'h3-js';

const CELL_MAX_RESOLUTION = 15;

/** What stands in ledger/h3.json. Cells are hex without leading zeros, as the reference prints them. */
export function h3Vectors() {
  const rng = new Rng(33);
  return { valid: validCells(rng), invalid: invalidCells(), distances: distances(rng) };
}

function validCells(rng: Rng) {
  const cells = [
    ...h3.getRes0Cells().filter((_, i) => i % 6 === 0),
    ...[0, 1, 2, 7, 15].flatMap((resolution) => h3.getPentagons(resolution).slice(0, 4)),
    ...Array.from({ length: 90 }, (_, i) => randomCell(rng, i % (CELL_MAX_RESOLUTION + 1))),
  ];
  return cells.map((cell) => {
    const resolution = h3.getResolution(cell);
    const parents = Array.from({ length: resolution + 1 }, (_, r) => h3.cellToParent(cell, r));
    return { cell, resolution, parents };
  });
}

function invalidCells() {
  const good = BigInt(`0x${h3.latLngToCell(48.2, 16.37, 9)}`);
  const pentagon = BigInt(`0x${h3.getPentagons(3)[0]}`);
  const digit = (value: bigint, resolution: bigint) => value << (3n * (15n - resolution));
  const changed: Record<string, bigint> = {
    zero: 0n,
    'all bits': 2n ** 64n - 1n,
    'top bit set': good | (1n << 63n),
    'mode of an edge': (good & ~(0xfn << 59n)) | (2n << 59n),
    'reserved bit set': good | (1n << 56n),
    'base cell 122': (good & ~(0x7fn << 45n)) | (122n << 45n),
    'digit 7 in use': good | digit(7n, 5n),
    'unused digit not 7': good & ~digit(7n, 12n),
    'resolution 10 with the digits of 9': good + (1n << 52n),
    'deleted axis of a pentagon': pentagon | digit(1n, 2n),
  };
  const rows = Object.entries(changed).map(([why, bits]) => ({ why, cell: bits.toString(16) }));
  for (const { why, cell } of rows) if (h3.isValidCell(cell)) throw new Error(`${why} is valid`);
  return rows;
}

/** null where a pentagon is in the way, `far` where the base cells do not touch. */
function distances(rng: Rng) {
  const rows: { a: string; b: string; steps: number | 'far' | null }[] = [];
  for (let i = 0; i < 120; i++) {
    const a = randomCell(rng, 1 + (i % 11));
    const near = rng.pick(h3.gridDisk(a, rng.integer(1, 30)));
    const b = i % 10 === 9 ? randomCell(rng, h3.getResolution(a)) : near;
    rows.push({ a, b, steps: stepsBetween(a, b) });
  }
  return rows;
}

function stepsBetween(a: string, b: string): number | 'far' | null {
  const [from, to] = [h3.cellToParent(a, 0), h3.cellToParent(b, 0)];
  if (from !== to && !h3.gridDisk(from, 1).includes(to)) return 'far';
  const isFolded = h3.isPentagon(from) || h3.isPentagon(to);
  if (isFolded && (from !== to || sectorOf(a) !== sectorOf(b))) return null;
  return h3.gridDistance(a, b);
}

function sectorOf(cell: string): number {
  for (let r = 1; r <= h3.getResolution(cell); r++)
    if (h3.getIndexDigit(cell, r) !== 0) return h3.getIndexDigit(cell, r);
  return 0;
}

function randomCell(rng: Rng, resolution: number): string {
  return h3.latLngToCell(rng.fraction() * 180 - 90, rng.fraction() * 360 - 180, resolution);
}
