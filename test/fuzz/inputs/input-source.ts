import { Rng, utf8 } from '@cairn/primitives';
import { type CborValue, encodeCanonical } from '@cairn/protocol';
import { exchangeNode, parsedCbor } from '../../vectors/exchange-node.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { exchangeJson, mutateText } from './mutate-text.ts';

/** What honest inputs are made of: decides which mutations get past the parser. */
export type Form = 'cbor' | 'json' | 'text' | 'bytes';

/** Honest inputs that are kept: making one costs more than changing one. */
const KEPT = 96;
const FRESH_CHANCE = 0.03;

interface Kept {
  readonly bytes: Uint8Array;
  /** Absent where it does not parse. */
  readonly cbor: CborValue | undefined;
  readonly json: unknown;
}

/**
 * Inputs from honest ones: some as they are, some pure noise, most with something wrong: in their bytes, or in one node of
 * what they stand for, which gets past the parser to the checks behind it.
 */
export function inputsFrom(form: Form, sample: (rng: Rng) => Uint8Array): (rng: Rng) => Uint8Array {
  // of its own seed, so that an input depends on nothing but its index
  const rng = new Rng(0xca1);
  const kept = Array.from({ length: KEPT }, () => keptOf(form, sample(rng)));
  return (rng) => inputOf(form, rng, () => (rng.chance(FRESH_CHANCE) ? keptOf(form, sample(rng)) : rng.pick(kept)));
}

function keptOf(form: Form, bytes: Uint8Array): Kept {
  return {
    bytes,
    cbor: form === 'cbor' ? parsedCbor(bytes) : undefined,
    json: form === 'json' ? jsonOf(bytes) : undefined,
  };
}

function inputOf(form: Form, rng: Rng, next: () => Kept): Uint8Array {
  const kind = rng.fraction();
  if (kind < 0.06) return rng.bytes(rng.integer(0, rng.chance(0.9) ? 200 : 4000));
  const honest = next();
  if (kind < 0.1) return honest.bytes;
  if (honest.cbor !== undefined && kind < 0.5) return encodedCbor(honest.cbor, rng);
  if (honest.json !== undefined && kind < 0.5) return utf8(JSON.stringify(exchangeJson(honest.json, rng)) ?? '');
  if (form === 'json' || form === 'text')
    if (kind < 0.8) return utf8(mutateText(Buffer.from(honest.bytes).toString(), rng));
  return mutateBytes(honest.bytes, rng, () => next().bytes);
}

function encodedCbor(value: CborValue, rng: Rng): Uint8Array {
  const bytes = encodeCanonical(exchangeNode(value, rng));
  return rng.chance(0.1) ? encodeCanonical(exchangeNode(parsedCbor(bytes) ?? value, rng)) : bytes;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
