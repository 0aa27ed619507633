// Goal: a chain that grows without a quorum is found. Method: disks of several heights.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DoctoredDisks } from './doctored.ts';
import { demandStandstill, highestTip } from './standstill.ts';

let disks: DoctoredDisks;
beforeEach(() => {
  disks = new DoctoredDisks();
});
afterEach(() => disks.remove());

test('the block in flight may come, and no other', () => {
  const low = disks.member('low', 3);
  const before = highestTip([low, disks.member('lower', 2)]);
  expect(before).toBe(3);
  expect(() => demandStandstill(before, highestTip([low, disks.member('next', 4)]))).not.toThrow();
  const after = highestTip([low, disks.member('grown', 5)]);
  expect(() => demandStandstill(before, after)).toThrow(/^standstill: .* grew from 3 to 5/);
});
