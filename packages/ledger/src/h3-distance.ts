import { BASE_CELL_NEIGHBOURS } from './h3-base-cells.ts';
import { baseCellOf, cellResolution, digitOf, isPentagonBaseCell, leadingDigit } from './h3-cell.ts';

/** Axial coordinates on the plane of one base cell: the I axis is (1, 0), J is (0, 1), K is (-1, -1). */
interface Axial {
  readonly u: number;
  readonly v: number;
}

/** The unit step of each digit. A digit is also the direction from a base cell to a neighbour. */
const STEPS: readonly Axial[] = [
  { u: 0, v: 0 },
  { u: -1, v: -1 },
  { u: 0, v: 1 },
  { u: -1, v: 0 },
  { u: 1, v: 0 },
  { u: 0, v: -1 },
  { u: 1, v: 1 },
];

/**
 * Steps between two valid cells of one resolution, by integers only. The plane of a base cell reaches over its six
 * neighbours; around the twelve pentagons it folds, so there only cells of one sector are measured.
 * @returns `far` when the base cells do not touch; null when the two cannot be measured.
 */
export function gridDistance(a: bigint, b: bigint): number | 'far' | null {
  const from = baseCellOf(a);
  const to = baseCellOf(b);
  if (from === to) {
    if (isPentagonBaseCell(from) && leadingDigit(a) !== leadingDigit(b)) return null;
    return lengthOf(difference(axialOf(a), axialOf(b)));
  }
  const neighbour = BASE_CELL_NEIGHBOURS[from]?.find(({ baseCell }) => baseCell === to);
  if (neighbour === undefined) return 'far';
  if (isPentagonBaseCell(from) || isPentagonBaseCell(to)) return null;
  const origin = scaledStep(neighbour.direction, cellResolution(a));
  const inOther = turned(axialOf(b), neighbour.turns);
  return lengthOf(difference(axialOf(a), { u: origin.u + inOther.u, v: origin.v + inOther.v }));
}

/** Position of a cell on the plane of its base cell, whose centre is the origin. */
function axialOf(cell: bigint): Axial {
  const resolution = cellResolution(cell);
  let at: Axial = STEPS[0] as Axial;
  for (let r = 1; r <= resolution; r++) {
    const finer = refined(at, r);
    const step = STEPS[digitOf(cell, r)] as Axial;
    at = { u: finer.u + step.u, v: finer.v + step.v };
  }
  return at;
}

/** The centre of the neighbouring base cell in a direction, at a resolution. */
function scaledStep(direction: number, resolution: number): Axial {
  let at = STEPS[direction] as Axial;
  for (let r = 1; r <= resolution; r++) at = refined(at, r);
  return at;
}

/** The same point on the grid of the next resolution, which is sqrt(7) times finer and turned: odd ones one way, even ones back. */
function refined({ u, v }: Axial, resolution: number): Axial {
  return resolution % 2 === 1 ? { u: 2 * u + v, v: 3 * v - u } : { u: 3 * u - v, v: u + 2 * v };
}

/** Turned counter-clockwise by sixty degrees, `times` times. */
function turned(at: Axial, times: number): Axial {
  let out = at;
  for (let i = 0; i < times; i++) out = { u: out.u - out.v, v: out.u };
  return out;
}

function difference(a: Axial, b: Axial): Axial {
  return { u: b.u - a.u, v: b.v - a.v };
}

/** Steps from the origin: a step changes u, v or both by one alike. */
function lengthOf({ u, v }: Axial): number {
  return Math.max(u, v, 0) - Math.min(u, v, 0);
}
