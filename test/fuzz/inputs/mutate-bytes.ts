import type { Rng } from '@cairn/primitives';

/** Longest input that a mutation makes; larger ones, which only meet the first length check, are rare. */
const INPUT_BYTES_MAX = 64 * 1024;
const INTERESTING = [0, 1, 0x17, 0x18, 0x7f, 0x80, 0x9f, 0xa0, 0xc2, 0xd2, 0xf6, 0xf7, 0xfb, 0xff];
/** Heads of CBOR lists, maps, texts and byte strings that announce far more than follows, and lengths of frames. */
const BLOW_UPS: readonly Uint8Array[] = [
  ...[0x9a, 0xba, 0x5a, 0x7a].map((head) => Uint8Array.of(head, 0xff, 0xff, 0xff, 0xff)),
  ...[0x9b, 0xbb, 0x5b, 0x7b, 0x1b, 0x3b].map((head) => Uint8Array.of(head, 0, 0x1f, ...Array(6).fill(0xff))),
  ...[0x9b, 0x5b, 0x1b, 0x3b].map((head) => Uint8Array.of(head, ...Array(8).fill(0xff))),
  ...[0x9f, 0xbf, 0x5f, 0x7f].map((head) => Uint8Array.of(head)),
  Uint8Array.of(0x9a, 0, 1, 0, 0),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0, 0, 4, 0),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1),
];
const NESTS = [[0x81], [0x82, 0x00], [0xa1, 0x00], [0xd2], [0x5b], [0x41]];

type Mutation = (bytes: Uint8Array, rng: Rng, other: () => Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (bytes, rng) => changed(bytes, rng, (byte) => byte ^ (1 << rng.integer(0, 7))),
  (bytes, rng) => changed(bytes, rng, (byte) => byte ^ (1 << rng.integer(0, 7))),
  (bytes, rng) => changed(bytes, rng, () => rng.integer(0, 255)),
  (bytes, rng) => changed(bytes, rng, () => rng.pick(INTERESTING)),
  (bytes, rng) => changed(bytes, rng, (byte) => byte + rng.pick([-1, 1])),
  // truncated
  (bytes, rng) => bytes.slice(0, placeIn(bytes, rng)),
  (bytes, rng) => bytes.slice(placeIn(bytes, rng)),
  // two spliced
  (bytes, rng, other) => {
    const tail = other();
    return joined(bytes.subarray(0, placeIn(bytes, rng)), tail.subarray(placeIn(tail, rng)));
  },
  (bytes, rng) => {
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), rng.bytes(rng.integer(1, 9)), bytes.subarray(at));
  },
  // a range left out, twice, or elsewhere
  (bytes, rng) => {
    const [from, to] = rangeIn(bytes, rng);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, rng) => {
    const [from, to] = rangeIn(bytes, rng);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, rng) => {
    const [from, to] = rangeIn(bytes, rng);
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at));
  },
  // lengths and integers at their edges, over what stands there or before it
  (bytes, rng) => put(bytes, rng, rng.pick(BLOW_UPS)),
  (bytes, rng) => put(bytes, rng, integerEdge(rng)),
  (bytes, rng) => {
    const depth = rng.chance(0.02) ? rng.integer(2_000, 20_000) : rng.integer(2, 300);
    const nest = rng.pick(NESTS);
    const at = placeIn(bytes, rng);
    return joined(bytes.subarray(0, at), repeated(nest, depth), bytes.subarray(at));
  },
  (bytes, rng) => joined(bytes, rng.bytes(rng.integer(1, 40))),
];

/** A copy with one to four things wrong. @param other another honest input, to be spliced with. */
export function mutateBytes(bytes: Uint8Array, rng: Rng, other: () => Uint8Array): Uint8Array {
  let out = bytes;
  const count = rng.chance(0.6) ? 1 : rng.integer(2, 4);
  for (let i = 0; i < count; i++) out = rng.pick(MUTATIONS)(out, rng, other);
  return out.length > INPUT_BYTES_MAX && bytes.length <= INPUT_BYTES_MAX ? out.slice(0, INPUT_BYTES_MAX) : out;
}

function changed(bytes: Uint8Array, rng: Rng, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return rng.bytes(1);
  const copy = Uint8Array.from(bytes);
  const at = placeIn(bytes, rng);
  copy[at] = change(copy[at] as number) & 255;
  return copy;
}

function put(bytes: Uint8Array, rng: Rng, piece: Uint8Array): Uint8Array {
  const at = placeIn(bytes, rng);
  return joined(bytes.subarray(0, at), piece, bytes.subarray(rng.chance(0.5) ? at : at + piece.length));
}

function integerEdge(rng: Rng): Uint8Array {
  const width = rng.pick([1, 2, 4, 8]);
  const view = new DataView(new ArrayBuffer(8));
  const edge = rng.pick([0n, 1n, -1n, 2n ** 31n, 2n ** 31n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 63n]);
  view.setBigUint64(0, BigInt.asUintN(64, edge + BigInt(rng.integer(-1, 1))), rng.chance(0.5));
  const bytes = new Uint8Array(view.buffer);
  return rng.chance(0.5) ? bytes.subarray(0, width) : bytes.subarray(8 - width);
}

function placeIn(bytes: Uint8Array, rng: Rng): number {
  // heads and kinds stand in front
  const end = rng.chance(0.25) ? Math.min(bytes.length, 24) : bytes.length;
  return end === 0 ? 0 : rng.integer(0, end - 1);
}

function rangeIn(bytes: Uint8Array, rng: Rng): readonly [number, number] {
  const from = placeIn(bytes, rng);
  return [from, Math.min(bytes.length, from + rng.integer(1, rng.chance(0.5) ? 8 : 128))];
}

function repeated(pattern: readonly number[], times: number): Uint8Array {
  return Uint8Array.from({ length: pattern.length * times }, (_, i) => pattern[i % pattern.length] as number);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
