// Goal: a plan depends on its seed only, uses what the machine has, and takes the quorum away only where it says so.
import { expect, test } from 'vitest';
import { parseFaultArguments } from './arguments.ts';
import { type Abilities, kindsFor, type Round, rounds, stopsQuorum } from './plan.ts';

const ABILITIES: Abilities = { wiring: 'relay', smallDiskMember: 2, narrow: true, netem: true };

function planOf(seed: number, abilities: Abilities = ABILITIES, count = 100): Round[] {
  const plan = rounds(seed, abilities);
  return Array.from({ length: count }, () => plan.next().value as Round);
}

test('the same seed, the same plan; another, another', () => {
  expect(planOf(7)).toEqual(planOf(7));
  expect(planOf(7)).not.toEqual(planOf(8));
});

test('every kind that the machine has comes up, and no other', () => {
  for (const wiring of ['relay', 'namespaces'] as const) {
    for (const smallDiskMember of [null, 2]) {
      const abilities = { wiring, smallDiskMember, narrow: true, netem: false };
      const planned = new Set(planOf(1, abilities).flatMap(({ faults }) => faults.map(({ kind }) => kind)));
      expect(planned).toEqual(new Set(kindsFor(abilities)));
      expect(planned.has('netem')).toBe(false);
      expect(planned.has('disk-full')).toBe(smallDiskMember !== null);
    }
  }
});

test('at most f members are hit, but in rounds that take the quorum away, which are the fewer', () => {
  const plan = planOf(3, ABILITIES, 1000);
  const stopping = plan.filter(({ faults }) => faults.some(({ kind }) => stopsQuorum(kind)));
  const others = plan.filter((round) => !stopping.includes(round));
  for (const { faults } of others) expect(new Set(faults.flatMap(({ members }) => members)).size).toBeLessThan(2);
  for (const { faults } of stopping) expect(new Set(faults.flatMap(({ members }) => members)).size).toBeGreaterThan(1);
  expect(stopping.length).toBeGreaterThan(200);
  expect(stopping.length).toBeLessThan(400);
});

test('arguments are read, and what makes no sense is refused', () => {
  expect(parseFaultArguments([])).toMatchObject({ seed: 1, rounds: 12, wirings: ['relay', 'namespaces'] });
  expect(parseFaultArguments(['--minutes', '10'])).toMatchObject({ rounds: Number.POSITIVE_INFINITY, minutes: 10 });
  expect(parseFaultArguments(['--kinds', 'kill,cut'])).toMatchObject({ kinds: ['kill', 'cut'] });
  for (const wrong of [['--seed', 'x'], ['--kinds', 'flood'], ['--wiring', 'string'], ['--what']]) {
    expect(() => parseFaultArguments(wrong)).toThrow();
  }
});
