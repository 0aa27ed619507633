// Goal: no input makes a decoder or an entry for peers throw what is not coded. Method: the first inputs of every target
// that needs no sockets; `pnpm fuzz` runs a million.
import { describe, expect, it } from 'vitest';
import { targetsOf } from './registry.ts';
import { explain } from './report.ts';
import { runTarget } from './runner/run-target.ts';

const INPUTS = 120;
const targets = await targetsOf('in-process');

describe('the first inputs of', () => {
  it.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
    // on a shared machine only what is far too slow is told from what had to wait
    const { findings, inputs } = await runTarget(target, { seed: 1, inputs: INPUTS, heapMarks: 0, slowMs: 10_000 });
    expect(findings.map(explain)).toEqual([]);
    expect(inputs).toBeGreaterThan(0);
  });
});
