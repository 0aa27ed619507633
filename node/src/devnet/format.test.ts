import { describe, expect, test } from 'vitest';
import { bar, duration, grouped, scaled, short, sparkline, unitText } from './format.ts';

describe('scaled', () => {
  test.each([
    [421n, -3, '0.421'],
    [-5n, -1, '-0.5'],
    [0n, -2, '0.00'],
    [1234567n, -2, '12 345.67'],
    [7n, 0, '7'],
    [12n, 3, '12 000'],
    [-9_007_199_254_740_993n, 0, '-9 007 199 254 740 993'],
  ])('%s * 10^%s is %s', (value, exponent, text) => {
    expect(scaled(value, exponent)).toBe(text);
  });
});

test('sparkline: the newest is last, the highest is full, nothing is the lowest', () => {
  expect(sparkline([9, 0, 1, 4, 8], 4)).toBe('▁▂▅█');
  expect(sparkline([2], 3)).toBe('  █');
  expect(sparkline([], 2)).toBe('  ');
});

test('bar', () => {
  expect(bar(3, 4, 8)).toBe('██████░░');
  expect(bar(0, 0, 3)).toBe('···');
});

test('numbers and names for people', () => {
  expect(grouped(1_234_567)).toBe('1 234 567');
  expect(short('abcdefghijklmnop', 3)).toBe('abc…nop');
  expect(unitText('Cel')).toBe('°C');
  expect(unitText('dB')).toBe('dB');
  expect([400, 59_000, 185_000, 7_620_000, 273_600_000].map(duration)).toEqual([
    '0.4 s',
    '59 s',
    '3 min 05 s',
    '2 h 07 min',
    '3 d 4 h',
  ]);
});
