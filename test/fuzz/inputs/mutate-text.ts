import type { Rng } from '@cairn/primitives';

/** Pieces that parsers of text and JSON trip over. */
const PIECES = [
  '"__proto__":{},',
  '"constructor":null,',
  '"kind":"length"',
  'null',
  'true',
  '{}',
  '[]',
  '""',
  '-0',
  '1e999',
  '1e-7',
  '-1',
  '1.5',
  '9007199254740993',
  '18446744073709551616',
  '99999999999999999999999999999999',
  '\\u0000',
  '\\ud800',
  '\ufeff',
  '\u0000',
  '\u2028',
  '\u00e9',
  '\ud83d\ude00',
  '\r\n',
  '\n',
  '\t',
  ' ',
  '"',
  "'",
  ',',
  ':',
  '/',
  '*a',
  '&a ',
  '!!binary ',
  '<<: ',
  '%00',
  '../',
  '0x10',
  'NaN',
  'Infinity',
  '=',
  '\u2014 ',
];
const NESTS = ['[', '{"a":', '(', '"', '- ', '{', '%25'];

/** A copy with one to three pieces put in, in place of something, or nested. */
export function mutateText(text: string, rng: Rng): string {
  let out = text;
  for (let i = rng.integer(1, 3); i > 0; i--) out = once(out, rng);
  return out;
}

function once(text: string, rng: Rng): string {
  const at = rng.integer(0, text.length);
  const to = Math.min(text.length, at + rng.integer(0, rng.chance(0.7) ? 6 : 200));
  if (rng.chance(0.1)) return text.slice(0, to) + text.slice(at);
  if (rng.chance(0.05)) {
    const depth = rng.chance(0.05) ? rng.integer(1_000, 10_000) : rng.integer(2, 200);
    return text.slice(0, at) + rng.pick(NESTS).repeat(depth) + text.slice(at);
  }
  return text.slice(0, at) + rng.pick(PIECES) + text.slice(rng.chance(0.5) ? at : to);
}

const STRANGERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'length',
  '__proto__',
  '0'.repeat(64),
  'f'.repeat(128),
  [],
  [[]],
  [null],
  {},
  { length: 1 },
  { data: {} },
  { kind: 'result' },
];

/** A copy of parsed JSON with one node, at any depth, exchanged, doubled, renamed or left out. */
export function exchangeJson(value: unknown, rng: Rng): unknown {
  if (Array.isArray(value) && value.length > 0 && rng.chance(0.85)) {
    const at = rng.integer(0, value.length - 1);
    if (rng.chance(0.1)) return value.toSpliced(at, 1);
    if (rng.chance(0.1)) return value.toSpliced(at, 0, value[at]);
    return value.with(at, exchangeJson(value[at], rng));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && rng.chance(0.9)) {
    const entries = Object.entries(value);
    if (entries.length > 0) {
      const at = rng.integer(0, entries.length - 1);
      const [name, inner] = entries[at] as [string, unknown];
      if (rng.chance(0.06)) return Object.fromEntries(entries.toSpliced(at, 1));
      if (rng.chance(0.06)) return Object.fromEntries([...entries, [`${name}x`, inner]]);
      return Object.fromEntries(entries.with(at, [name, exchangeJson(inner, rng)]));
    }
  }
  if (typeof value === 'string' && rng.chance(0.5)) return mutateText(value, rng);
  return rng.pick(STRANGERS);
}
