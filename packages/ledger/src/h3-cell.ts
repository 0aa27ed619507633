/**
 * H3 cells by integer operations only (protocol section 6, "Numbers"): an index is, from the top bit, 0, mode (4 bits,
 * 1 = cell), reserved (3 bits, 0), resolution (4), base cell (7), and fifteen 3-bit digits, 7 where unused.
 * @source H3 index bit layout, https://h3geo.org/docs/core-library/h3Indexing
 */
export const RESOLUTION_MAX = 15;

const BASE_CELLS = 122;
const PENTAGON_BASE_CELLS: ReadonlySet<number> = new Set([4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117]);
const CELL_HEAD = 0x08;
const DIGIT_UNUSED = 7;
/** The K axis, which a pentagon lacks. */
const DIGIT_DELETED = 1;
const RESOLUTION_SHIFT = 52n;
const RESOLUTION_CLEARED = ~(0xfn << RESOLUTION_SHIFT);
/** Bits of the digits finer than a resolution. */
const FINER_DIGITS: readonly bigint[] = Array.from(
  { length: RESOLUTION_MAX + 1 },
  (_, resolution) => (1n << BigInt(3 * (RESOLUTION_MAX - resolution))) - 1n,
);

const scratch = new DataView(new ArrayBuffer(8));

/** A cell in 32-bit halves. */
interface CellBits {
  readonly high: number;
  readonly low: number;
}

function bitsOf(cell: bigint): CellBits {
  scratch.setBigUint64(0, cell);
  return { high: scratch.getUint32(0), low: scratch.getUint32(4) };
}

/** @param resolution 1 .. 15. @returns the digit of that resolution: 0 centre, 1 .. 6 its neighbours, 7 unused. */
export function digitOf(cell: bigint, resolution: number): number {
  return digitIn(bitsOf(cell), resolution);
}

/** @returns 0 .. 121 for a valid cell. */
export function baseCellOf(cell: bigint): number {
  return (bitsOf(cell).high >>> 13) & 127;
}

export function isPentagonBaseCell(baseCell: number): boolean {
  return PENTAGON_BASE_CELLS.has(baseCell);
}

/** @returns the first digit of a valid cell that is not 0, or 0: on a pentagon base cell, the sector. */
export function leadingDigit(cell: bigint): number {
  const resolution = cellResolution(cell);
  for (let r = 1; r <= resolution; r++) {
    const digit = digitOf(cell, r);
    if (digit !== 0) return digit;
  }
  return 0;
}

function digitIn({ high, low }: CellBits, resolution: number): number {
  const shift = 3 * (RESOLUTION_MAX - resolution);
  if (shift < 30) return (low >>> shift) & 7;
  return shift === 30 ? ((low >>> 30) | (high << 2)) & 7 : (high >>> (shift - 32)) & 7;
}

/** @param cell 0 .. 2^64 - 1. @returns 0 .. 15; meaningful for valid cells only. */
export function cellResolution(cell: bigint): number {
  return (bitsOf(cell).high >>> 20) & 15;
}

/** @param cell 0 .. 2^64 - 1. @returns whether it is the index of a cell that exists. */
export function isValidCell(cell: bigint): boolean {
  const bits = bitsOf(cell);
  if (bits.high >>> 24 !== CELL_HEAD) return false;
  const resolution = (bits.high >>> 20) & 15;
  const baseCell = (bits.high >>> 13) & 127;
  if (baseCell >= BASE_CELLS) return false;
  let mayBeDeleted = PENTAGON_BASE_CELLS.has(baseCell);
  for (let r = 1; r <= resolution; r++) {
    const digit = digitIn(bits, r);
    if (digit === DIGIT_UNUSED) return false;
    if (mayBeDeleted && digit !== 0) {
      if (digit === DIGIT_DELETED) return false;
      mayBeDeleted = false;
    }
  }
  for (let r = resolution + 1; r <= RESOLUTION_MAX; r++) if (digitIn(bits, r) !== DIGIT_UNUSED) return false;
  return true;
}

/** @returns the cell of `resolution` that holds the valid `cell`; null when `cell` is coarser than that. */
export function cellParent(cell: bigint, resolution: number): bigint | null {
  if (cellResolution(cell) < resolution) return null;
  return (cell & RESOLUTION_CLEARED) | (BigInt(resolution) << RESOLUTION_SHIFT) | (FINER_DIGITS[resolution] as bigint);
}

/** The usual text of a cell: lowercase hex without leading zeros. */
export function cellText(cell: bigint): string {
  return cell.toString(16);
}
