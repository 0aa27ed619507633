import { expect, test } from 'vitest';
import { quantile } from './testing.ts';

test('a quantile is one of the samples, whatever their order', () => {
  const samples = [30, 9, 100, 1, 20];
  expect([0, 0.5, 0.9, 1].map((share) => quantile(samples, share))).toEqual([1, 20, 100, 100]);
  expect(quantile([2, 1], 0.5)).toBe(2);
  expect(quantile([], 0.5)).toBeNaN();
  expect(samples[0], 'in place nothing changes').toBe(30);
});
