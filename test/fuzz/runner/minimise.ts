/** Tries at most; each runs the target once. */
const TRIES_MAX = 4000;

/**
 * Leaves parts of an input out as long as it still does the same.
 * @param does whether an input does what the first one did.
 * @returns the shortest found.
 */
export async function minimise(
  input: Uint8Array,
  does: (shorter: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  for (let size = best.length >> 1; size >= 1 && tries < TRIES_MAX; size >>= 1) {
    // from the end: what a decoder has not reached goes first
    for (let at = best.length - size; at >= 0 && tries < TRIES_MAX; at -= size) {
      tries++;
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (await does(new Uint8Array(shorter))) best = new Uint8Array(shorter);
    }
  }
  return best;
}
