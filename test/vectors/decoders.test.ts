import { CairnError, Rng } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { exchangeNode, parsedCbor } from './exchange-node.ts';
import { WIRE_TYPES } from './wire-types.ts';

// Goal: whatever bytes a peer sends, a decoder gives a value that encodes to the same bytes, or throws a coded error.
// Method: random bytes; honest bytes cut, flipped and spliced; and honest values with one node of their CBOR exchanged,
// which gets past the parser and tries every shape check behind it.

const RUNS = 600;
const CODED = /^(PROTOCOL|BYTES|VERIFY)_[A-Z0-9_]+$/;
const TEXTS = ['checkpoint-note', 'attestation-json', 'evidence-json'];
const DECODED = WIRE_TYPES.filter(({ again }) => again !== undefined);

describe.each(DECODED.map((type) => [type.name, type] as const))('decoding %s', (name, { sample, again, bytesMax }) => {
  const decode = again as (bytes: Uint8Array) => Uint8Array;

  it('random bytes', () => {
    const rng = new Rng(1);
    for (let i = 0; i < RUNS; i++) judge(rng.bytes(rng.integer(0, 200)));
  });

  it('honest bytes, cut, flipped and spliced', () => {
    const rng = new Rng(2);
    for (let i = 0; i < RUNS; i++) judge(damaged(sample(rng), rng));
  });

  it('honest values with one node exchanged', () => {
    const rng = new Rng(3);
    let accepted = 0;
    for (let i = 0; i < RUNS; i++) {
      const bytes = sample(rng);
      const value = parsedCbor(bytes);
      if (value !== undefined && judge(encodeCanonical(exchangeNode(value, rng)))) accepted++;
    }
    // Some exchanges are harmless, or the test would try nothing but the outermost check.
    if (parsedCbor(sample(rng)) !== undefined) expect(accepted).toBeGreaterThan(RUNS / 100);
  });

  it('what is over the bound is refused before it is decoded', () => {
    // A list that claims 2^32 - 1 entries: a decoder that began on it would say so, and not that it is too long.
    const bomb = new Uint8Array(bytesMax + 1);
    if (TEXTS.includes(name)) bomb.fill(0x20);
    else bomb.set([0xd2, 0x9a, 0xff, 0xff, 0xff, 0xff]);
    const code = name === 'block-header' ? 'PROTOCOL_HEADER_MALFORMED' : /_EXCEEDED$|^PROTOCOL_CHECKPOINT_MALFORMED$/;
    expect(codeOf(bomb)).toMatch(code);
  });

  /** @returns whether the bytes were accepted. */
  function judge(bytes: Uint8Array): boolean {
    const code = codeOf(bytes);
    if (code === undefined) return true;
    if (!CODED.test(code)) throw new Error(`${code} on ${Buffer.from(bytes).toString('hex')}`);
    return false;
  }

  function codeOf(bytes: Uint8Array): string | undefined {
    try {
      if (Buffer.compare(decode(bytes), bytes) !== 0) return 'accepted, and encoded otherwise';
      return undefined;
    } catch (error) {
      return error instanceof CairnError ? error.code : String(error);
    }
  }
});

function damaged(bytes: Uint8Array, rng: Rng): Uint8Array {
  const at = rng.integer(0, bytes.length - 1);
  if (rng.chance(0.2)) return bytes.slice(0, at);
  if (rng.chance(0.6)) return bytes.with(at, rng.integer(0, 255));
  return Uint8Array.of(...bytes.slice(0, at), ...rng.bytes(rng.integer(0, 9)), ...bytes.slice(at + rng.integer(0, 9)));
}
