import { ARRAY, BYTES, MAP, TEXT } from './cbor-cursor.ts';

const TAG = 6;

/**
 * Looks at heads only, in the decoder's order, before anything is decoded: the library decodes each level by a call of
 * itself, and encodes a value again in time that grows with the square of its depth.
 * @returns false when lists and maps are nested deeper than `depthMax` before the first place that no decoder gets past.
 */
export function isNestedWithin(bytes: Uint8Array, depthMax: number): boolean {
  /** Items that are still to come of each open list or map. */
  const left: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const initial = bytes[at++] as number;
    const [major, info] = [initial >> 5, initial & 31];
    const width = info < 24 ? 0 : 1 << (info - 24);
    // indefinite lengths, tags and cut heads are refused where they stand
    if (info > 27 || major === TAG || at + width > bytes.length) return true;
    let argument = info;
    if (width > 0) argument = 0;
    for (const end = at + width; at < end; at++) argument = argument * 256 + (bytes[at] as number);
    if ((major === ARRAY || major === MAP) && argument > 0) {
      if (left.length >= depthMax) return false;
      left.push(major === MAP ? 2 * argument : argument);
      continue;
    }
    if (major === BYTES || major === TEXT) at += argument;
    closeComplete(left);
    if (left.length === 0) return true;
  }
  return true;
}

/** One item is complete, and with it every list and map whose last it is. */
function closeComplete(left: number[]): void {
  for (let depth = left.length - 1; depth >= 0; depth--) {
    const rest = (left[depth] as number) - 1;
    if (rest > 0) {
      left[depth] = rest;
      return;
    }
    left.pop();
  }
}
