import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ForkRule } from '@cairn/consensus';
import { describe, expect, it } from 'vitest';
import { EXPLORE_USAGE, parseExploreArguments } from './explore-arguments.ts';
import type { SearchReport } from './report.ts';

// Goal: the code that members run, not a model of it, agrees on one block in every schedule within small bounds, and the
// search is seen to find forks where there are some. Method: the explorer as a process of its own, since it looks into
// private fields. Larger bounds and the other rules: README.
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function explored(...args: readonly string[]): SearchReport[] {
  try {
    return JSON.parse(execFileSync(process.execPath, [MAIN, '--json', ...args], { stdio: 'pipe' }).toString());
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    if (!stdout?.length) throw new Error(`the explorer died: ${stderr}`);
    return JSON.parse(stdout.toString());
  }
}

describe('the real replica, n = 4, one height', { timeout: 300_000 }, () => {
  it('all schedules of one view, led by the Byzantine member or an honest one', () => {
    const [led, honest] = explored('--all', '--views', '1', '--crashes', '0');
    for (const report of [led, honest]) expect(report).toMatchObject({ isComplete: true, broken: null });
    // Fewer were fewer ways: without blocks that are asked for there are 2,575.
    expect(led?.states).toBeGreaterThan(5000);
    expect(honest?.states).toBeGreaterThan(200);
    expect(honest?.committedStates).toBeGreaterThan(0);
  });

  it('two views, one deviation (a restart is one), wherever the Byzantine member leads', () => {
    const reports = explored('--deviations', '1', '--views', '2', '--crashes', '1');
    expect(reports).toHaveLength(3);
    for (const report of reports) {
      expect(report).toMatchObject({ isComplete: true, broken: null });
      expect(report.states).toBeGreaterThan(300);
    }
  });

  it('without signed positions two deviations fork it', () => {
    const rule: ForkRule = 'signed-position';
    const [report] = explored('--deviations', '2', '--rogue-view', '1', '--crashes', '0', '--without', rule);
    expect(report?.broken?.invariant).toBe('one-block-per-height');
    expect(report?.broken?.schedule.filter((action) => action.startsWith('*'))).toHaveLength(2);
  });
});

describe('its arguments', () => {
  it('are two views and two deviations unless it is told otherwise', () => {
    expect(parseExploreArguments([])).toMatchObject({ deviationsMax: 2, viewCount: 2, rogueViews: [0, 1, 2] });
    expect(parseExploreArguments(['--help'])).toBeNull();
    expect(EXPLORE_USAGE).toContain('--deviations');
  });

  it.each([['--views', '4'], ['--without', 'nothing'], ['--deviations', 'x'], ['--what']])(
    '%s %s make no sense',
    (...args) => {
      expect(() => parseExploreArguments(args)).toThrow();
    },
  );
});
