/**
 * Derives the neighbours of the 122 base cells, and how their planes turn against each other, from measured distances:
 * for each pair only one direction and number of turns agrees with all of them. Regenerate
 * packages/ledger/src/h3-base-cells.ts: `node test/vectors/ledger/h3-base-cells.ts --write`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Rng } from '@cairn/primitives';
import * as h3 from 'h3-js';

type Point = readonly [number, number];
/** Base cell, direction 1 .. 6 from here to it, counter-clockwise turns of sixty degrees; 0, 0 beside a pentagon. */
type Neighbour = readonly [baseCell: number, direction: number, turns: number];

const STEPS: readonly Point[] = [
  [0, 0],
  [-1, -1],
  [0, 1],
  [-1, 0],
  [1, 0],
  [0, -1],
  [1, 1],
];
const RESOLUTION = 3;
const SAMPLES = 60;
const PATH = new URL('../../../packages/ledger/src/h3-base-cells.ts', import.meta.url);

const rng = new Rng(122);
const cells: string[] = [];
for (const cell of h3.getRes0Cells()) cells[h3.getBaseCellNumber(cell)] = cell;
const descendants = cells.map((cell) => h3.cellToChildren(cell, RESOLUTION));

/** The module's text. */
export function baseCellsModule(): string {
  const rows = cells.map(
    (_, from) =>
      `  '${neighboursOf(from)
        .map((row) => row.join(':'))
        .join(' ')}',`,
  );
  return `/**
 * The neighbours of each H3 base cell as base cell:direction:turns, the last two 0 where one of the two is a pentagon.
 * Made by test/vectors/ledger/h3-base-cells.ts out of measured distances.
 */
const ROWS: readonly string[] = [
${rows.join('\n')}
];

/** A base cell beside another, the direction to it (1 .. 6), and the turns of sixty degrees of its plane against that one's. */
export interface BaseCellNeighbour {
  readonly baseCell: number;
  readonly direction: number;
  readonly turns: number;
}

/** By base cell, 0 .. 121. */
export const BASE_CELL_NEIGHBOURS: readonly (readonly BaseCellNeighbour[])[] = ROWS.map((row) =>
  row.split(' ').map((text) => {
    const [baseCell, direction, turns] = text.split(':').map(Number) as [number, number, number];
    return { baseCell, direction, turns };
  }),
);
`;
}

function neighboursOf(from: number): Neighbour[] {
  const cell = cells[from] as string;
  return h3
    .gridDisk(cell, 1)
    .filter((other) => other !== cell)
    .map((other) => {
      const to = h3.getBaseCellNumber(other);
      return [to, ...(h3.isPentagon(cell) || h3.isPentagon(other) ? ([0, 0] as const) : fit(from, to))] as const;
    })
    .sort((a, b) => a[0] - b[0]);
}

/** The one direction and number of turns that agrees with every measured distance. */
function fit(from: number, to: number): Point {
  const fits: Point[] = [];
  for (let direction = 1; direction <= 6; direction++) {
    for (let turns = 0; turns < 6; turns++) if (agrees({ from, to, direction, turns })) fits.push([direction, turns]);
  }
  if (fits.length !== 1) throw new Error(`${fits.length} ways from base cell ${from} to ${to}`);
  return fits[0] as Point;
}

function agrees(guess: { from: number; to: number; direction: number; turns: number }): boolean {
  let origin = STEPS[guess.direction] as Point;
  for (let r = 1; r <= RESOLUTION; r++) origin = refined(origin, r);
  for (let i = 0; i < SAMPLES; i++) {
    const a = rng.pick(descendants[guess.from] as string[]);
    const b = rng.pick(descendants[guess.to] as string[]);
    const [au, av] = pointOf(a);
    const [bu, bv] = turned(pointOf(b), guess.turns);
    const u = origin[0] + bu - au;
    const v = origin[1] + bv - av;
    if (Math.max(u, v, 0) - Math.min(u, v, 0) !== h3.gridDistance(a, b)) return false;
  }
  return true;
}

function pointOf(cell: string): Point {
  let at: Point = [0, 0];
  for (let r = 1; r <= RESOLUTION; r++) {
    const [u, v] = refined(at, r);
    const [du, dv] = STEPS[h3.getIndexDigit(cell, r)] as Point;
    at = [u + du, v + dv];
  }
  return at;
}

function refined([u, v]: Point, resolution: number): Point {
  return resolution % 2 === 1 ? [2 * u + v, 3 * v - u] : [3 * u - v, u + 2 * v];
}

function turned([u, v]: Point, times: number): Point {
  return times === 0 ? [u, v] : turned([u - v, u], times - 1);
}

if (process.argv[1] === import.meta.filename) {
  const text = baseCellsModule();
  if (process.argv.includes('--write')) writeFileSync(PATH, text);
  else if (readFileSync(PATH, 'utf8') !== text) throw new Error('h3-base-cells.ts is not what this makes');
}
