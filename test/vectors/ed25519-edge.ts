/**
 * Crafted Ed25519 keys and signatures on which libraries disagree, with the verdict of the house rule (protocol
 * section 2). Each verdict follows from how the case was built, not from a verifier. Regenerate:
 * `node test/vectors/ed25519-edge.ts --write`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { concatBytes, Rng, toHex, utf8 } from '@cairn/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';

const { Point } = ed25519;
type P = InstanceType<typeof Point>;
const L = Point.Fn.ORDER;
const FIELD = Point.Fp.ORDER;

/** One case. `message` is UTF-8 text, the rest hex. */
export interface EdgeCase {
  readonly name: string;
  readonly family: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const rng = new Rng(20261122);
const scalar = (): bigint => (fromLe(rng.bytes(64)) % (L - 1n)) + 1n;

function fromLe(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

function toLe(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 255n);
  return bytes;
}

function challenge(r: Uint8Array, a: Uint8Array, message: string): bigint {
  return fromLe(sha512(concatBytes(r, a, utf8(message)))) % L;
}

/** A point of order 8, and by its multiples the whole torsion group. */
function torsionGenerator(): P {
  for (let y = 2n; ; y++) {
    try {
      const point = Point.fromBytes(toLe(y))
        .multiplyUnsafe(L - 1n)
        .add(Point.fromBytes(toLe(y)));
      if (!point.double().double().is0()) return point;
    } catch {}
  }
}
const T8 = torsionGenerator();
const torsion = (i: number): P => (i % 8 === 0 ? Point.ZERO : T8.multiplyUnsafe(BigInt(i % 8)));

/** Encodings of small-order points that are not the canonical ones. */
function nonCanonicalSmallOrder(): [string, Uint8Array, P][] {
  const highBit = 1n << 255n;
  const zeroY = torsion(2).toAffine().y === 0n ? torsion(2) : torsion(6);
  const negative = zeroY.toAffine().x % 2n === 1n ? zeroY : zeroY.negate();
  return [
    ['y=p', toLe(FIELD), negative.negate()],
    ['y=p, sign', toLe(FIELD + highBit), negative],
    ['y=p+1', toLe(FIELD + 1n), Point.ZERO],
    ['y=p+1, sign', toLe(FIELD + 1n + highBit), Point.ZERO],
    ['y=1, sign', toLe(1n + highBit), Point.ZERO],
    ['y=-1, sign', toLe(FIELD - 1n + highBit), torsion(4)],
  ];
}

const cases: EdgeCase[] = [];
function push(family: string, name: string, a: Uint8Array, message: string, r: Uint8Array, s: bigint, valid: boolean) {
  const signature = toHex(concatBytes(r, toLe(s)));
  cases.push({ name: `${family}: ${name}`, family, publicKey: toHex(a), message, signature, valid });
}

/** Tries messages until the challenge leaves the wanted residue mod 8: then torsion cancels, or does not. */
function grind(r: Uint8Array, a: Uint8Array, wanted: (kMod8: number) => boolean): { message: string; k: bigint } {
  for (let i = 0; ; i++) {
    const message = `cairn edge ${i}`;
    const k = challenge(r, a, message);
    if (wanted(Number(k % 8n))) return { message, k };
  }
}

function honest(message: string) {
  const a = scalar();
  const r = scalar();
  const A = Point.BASE.multiply(a).toBytes();
  const R = Point.BASE.multiply(r).toBytes();
  const k = challenge(R, A, message);
  return { a, r, A, R, k, s: (r + k * a) % L };
}

function plainCases(): void {
  for (let i = 0; i < 8; i++) {
    const message = 'x'.repeat(i * i * 5);
    const { A, R, s } = honest(message);
    push('honest', `message of ${message.length} bytes`, A, message, R, s, true);
    push('honest', `other message ${i}`, A, `${message}.`, R, s, false);
    push('honest', `other key ${i}`, Point.BASE.multiply(scalar()).toBytes(), message, R, s, false);
    push('honest', `other R ${i}`, A, message, Point.BASE.multiply(scalar()).toBytes(), s, false);
    push('honest', `S + 1, ${i}`, A, message, R, (s + 1n) % L, false);
  }
}

function scalarCases(): void {
  for (let i = 0; i < 4; i++) {
    const { A, R, s } = honest(`scalar ${i}`);
    for (const times of [1n, 2n, 8n, 14n])
      push('S >= L', `S + ${times}L, ${i}`, A, `scalar ${i}`, R, s + times * L, false);
  }
  // A chosen S: R = S*B - k*A needs k before R, so choose the key from R instead: a = (S - r) / k.
  for (const [label, s] of [
    ['0', 0n],
    ['1', 1n],
    ['L - 1', L - 1n],
  ] as const) {
    const { A, R } = honest('chosen S');
    push('chosen S', `S = ${label} that does not fit`, A, 'chosen S', R, s, false);
  }
  const { A, R } = honest('S is L');
  push('S >= L', 'S = L', A, 'S is L', R, L, false);
  push('S >= L', 'S = 2^256 - 1', A, 'S is L', R, (1n << 256n) - 1n, false);
}

function smallOrderKeys(): void {
  const keys: [string, Uint8Array, P][] = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [
    `T${i}`,
    torsion(i).toBytes(),
    torsion(i),
  ]);
  for (const [name, A] of [...keys, ...nonCanonicalSmallOrder()]) {
    const s = scalar();
    const R = Point.BASE.multiply(s).toBytes();
    // k = 0 mod 8, so S*B = R + k*A holds exactly: only the rule on A refuses it.
    const { message } = grind(R, A, (k) => k === 0);
    push('small-order A', `${name}, equation holds`, A, message, R, s, false);
  }
  for (const [name, A] of keys.slice(0, 8)) {
    const R = Point.ZERO.toBytes();
    push('small-order A and R', `${name}, S = 0`, A, grind(R, A, (k) => k === 0).message, R, 0n, false);
  }
}

function smallOrderCommitments(): void {
  for (let i = 0; i < 8; i++) {
    const a = scalar();
    const A = Point.BASE.multiply(a).toBytes();
    const R = torsion(i).toBytes();
    const message = `small R ${i}`;
    push(
      'small-order R',
      `R = T${i}, cofactored equation holds`,
      A,
      message,
      R,
      (challenge(R, A, message) * a) % L,
      false,
    );
  }
  for (const [name, R] of nonCanonicalSmallOrder()) {
    const a = scalar();
    const A = Point.BASE.multiply(a).toBytes();
    push('non-canonical R', name, A, name, R, (challenge(R, A, name) * a) % L, false);
  }
}

function mixedOrder(): void {
  for (let i = 1; i < 8; i++) {
    const [a, r] = [scalar(), scalar()];
    const A = Point.BASE.multiply(a).add(torsion(i)).toBytes();
    const R = Point.BASE.multiply(r).toBytes();
    const holds = grind(R, A, (k) => (k * i) % 8 === 0);
    push('mixed-order A', `T${i}, torsion cancels`, A, holds.message, R, (r + holds.k * a) % L, true);
    const fails = grind(R, A, (k) => (k * i) % 8 !== 0);
    push('mixed-order A', `T${i}, cofactored only`, A, fails.message, R, (r + fails.k * a) % L, false);

    const cleanA = Point.BASE.multiply(a).toBytes();
    const mixedR = Point.BASE.multiply(r).add(torsion(i)).toBytes();
    const k = challenge(mixedR, cleanA, 'mixed R');
    push('mixed-order R', `T${i}, cofactored only`, cleanA, 'mixed R', mixedR, (r + k * a) % L, false);

    const both = grind(mixedR, A, (kMod8) => (i + kMod8 * i) % 8 === 0);
    push('mixed-order A and R', `T${i}, torsion cancels`, A, both.message, mixedR, (r + both.k * a) % L, true);
    const neither = grind(mixedR, A, (kMod8) => (i + kMod8 * i) % 8 !== 0);
    push('mixed-order A and R', `T${i}, cofactored only`, A, neither.message, mixedR, (r + neither.k * a) % L, false);
  }
}

function malformedPoints(): void {
  for (let y = 2n, found = 0; found < 6; y++) {
    try {
      Point.fromBytes(toLe(y));
    } catch {
      const { A, R, s } = honest('off the curve');
      push('off the curve', `A: y = ${y}`, toLe(y), 'off the curve', R, s, false);
      push('off the curve', `R: y = ${y}`, A, 'off the curve', toLe(y), s, false);
      found++;
    }
  }
  for (let extra = 2n; extra < 19n; extra++) {
    const { R, s } = honest('large y');
    push('non-canonical A', `y = p + ${extra}`, toLe(FIELD + extra), 'large y', R, s, false);
  }
}

/** @returns all cases, the same on every run. */
export function ed25519EdgeCases(): readonly EdgeCase[] {
  if (cases.length === 0) {
    for (const build of [plainCases, scalarCases, smallOrderKeys, smallOrderCommitments, mixedOrder, malformedPoints])
      build();
  }
  return cases;
}

export const EDGE_FILE: URL = new URL('./ed25519-edge.json', import.meta.url);

/** @returns the text of the golden file. */
export function edgeFileText(): string {
  const lines = ed25519EdgeCases().map((edge) => `  ${JSON.stringify(edge)}`);
  return `[\n${lines.join(',\n')}\n]\n`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (process.argv.includes('--write')) writeFileSync(EDGE_FILE, edgeFileText());
  else if (readFileSync(EDGE_FILE, 'utf8') !== edgeFileText())
    throw new Error('ed25519-edge.json differs; run with --write');
}
