import { describe, expect, it } from 'vitest';
import { decimalText } from './index.ts';

describe('numbers', () => {
  it.each([
    [87n, -1, '8.7'],
    [-3n, -1, '-0.3'],
    [0n, -2, '0.00'],
    [5n, -3, '0.005'],
    [-12345n, -2, '-123.45'],
    [7n, 2, '700'],
    [7n, 0, '7'],
  ])('%d * 10^%d is %s', (value, exponent, text) => {
    expect(decimalText(value, exponent)).toBe(text);
  });
});
