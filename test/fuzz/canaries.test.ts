// Goal: the runner finds what it is there to find. Method: targets that are broken on purpose, one way each.
import { describe, expect, it } from 'vitest';
import { targetsOf } from './registry.ts';
import { explain } from './report.ts';
import { runTarget } from './runner/run-target.ts';
import { supervise } from './runner/supervise.ts';
import type { Target } from './target.ts';

async function canary(name: string): Promise<Target> {
  const [target] = await targetsOf(`canary/${name}`);
  if (target === undefined) throw new Error(`no canary ${name}`);
  return target;
}

describe('the runner finds', () => {
  it('an uncoded error, with the shortest input that causes it, and replays it', async () => {
    const target = await canary('throws');
    const { findings } = await runTarget(target, { seed: 1, inputs: 20_000, heapMarks: 0 });
    expect(findings).toHaveLength(1);
    const [finding] = findings as [(typeof findings)[0]];
    expect(finding).toMatchObject({ kind: 'threw', minimal: '80' });
    expect(finding.detail).toContain('TypeError');
    expect(explain(finding)).toContain(`pnpm fuzz canary/throws --seed 1 --only ${finding.index}`);
    const again = await runTarget(target, { seed: 1, inputs: 20_000, only: finding.index });
    expect(again.inputs).toBe(1);
    expect(again.findings).toEqual(findings);
  });

  it('an input that takes too long every time', async () => {
    const { findings } = await runTarget(await canary('is-slow'), { seed: 1, inputs: 100, heapMarks: 0, slowMs: 15 });
    expect(findings.map(({ kind }) => kind)).toEqual(['slow']);
  });

  it('memory that is never given back, and none where nothing leaks', async () => {
    const leaking = await runTarget(await canary('leaks'), { seed: 1, inputs: 2000, heapMarks: 12 });
    expect(leaking.findings.map(({ kind }) => kind)).toEqual(['memory']);
    const sound = await runTarget(await canary('throws'), { seed: 1, inputs: 2000, heapMarks: 12 });
    expect(sound.findings.map(({ kind }) => kind)).not.toContain('memory');
  });

  it('an input that never ends, in a thread of its own', async () => {
    const target = await canary('hangs');
    const { findings } = await supervise(target, { seed: 1, inputs: 2000, heapMarks: 0, hangMs: 1500 });
    expect(findings.map(({ kind }) => kind)).toEqual(['hang']);
  });

  it('an error outside of any call, which ends the thread', async () => {
    const { findings } = await supervise(await canary('dies'), { seed: 1, inputs: 4000, heapMarks: 0 });
    expect(findings.map(({ kind }) => kind)).toEqual(['died']);
    expect(findings[0]?.detail).toContain('TypeError');
  });
});

describe('the registry', () => {
  it('names every target once, and no canary among all', async () => {
    const names = (await targetsOf('all')).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('canary/'))).toEqual([]);
    expect(names.length).toBeGreaterThan(80);
    expect(await targetsOf('wire/nothing')).toEqual([]);
  });
});
