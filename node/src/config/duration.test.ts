import { expect, it } from 'vitest';
import { durationMs } from './duration.ts';

it.each([
  ['100ms', 100],
  ['5s', 5000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['', undefined],
  ['5', undefined],
  ['-1s', undefined],
  ['1.5s', undefined],
  // more milliseconds than an integer holds
  ['999999999d', undefined],
])('%s is %s ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});
