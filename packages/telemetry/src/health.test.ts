import { afterEach, expect, test } from 'vitest';
import { Health } from './health.ts';
import { HEALTH_DEFINITIONS, type HealthCheckOf } from './health-definitions.ts';
import { createMetrics } from './metrics.ts';

type Probes = Record<HealthCheckOf<'aggregator'>, () => boolean>;

const metrics = createMetrics({ role: 'aggregator' });
afterEach(() => metrics.stop());

const allHold: Probes = {
  in_sync: () => true,
  storage_writable: () => true,
  height_advances: () => true,
  event_loop_free: () => true,
  sources_answer: () => true,
  anchor_recent: () => true,
  chain_reachable: () => true,
  wallet_funded: () => true,
};

function health(probes: Partial<Probes>, isPosting = true) {
  return new Health({ role: 'aggregator' }, { metrics, probes: { ...allHold, ...probes }, isPosting: () => isPosting });
}

test('all holds: ready, posting, every check of the role at 0', async () => {
  expect(health({}).evaluate()).toEqual({ isReady: true, isPosting: true, failing: [] });
  const text = await metrics.render();
  expect(text).toContain('cairn_up_and_posting 1');
  const series = text.split('\n').filter((line) => line.startsWith('cairn_health_checks{'));
  const own = Object.values(HEALTH_DEFINITIONS).filter(({ roles }) => roles.some((role) => role === 'aggregator'));
  expect(series).toHaveLength(own.length);
  expect(series.every((line) => line.endsWith(' 0'))).toBe(true);
});

test('a warning leaves the process ready and says what to do', async () => {
  const report = health({ wallet_funded: () => false }).evaluate();
  expect(report.isReady).toBe(true);
  expect(report.failing).toEqual([
    { name: 'wallet_funded', severity: 'warning', remedy: HEALTH_DEFINITIONS.wallet_funded.remedy },
  ]);
  expect(await metrics.render()).toContain('cairn_health_checks{name="wallet_funded",severity="warning"} 1');
});

test('a critical check, or a probe that throws, takes it out of service; critical comes first', async () => {
  const throwing = (): boolean => {
    throw new Error('disk gone');
  };
  const report = health({ anchor_recent: () => false, storage_writable: throwing }).evaluate();
  expect(report.isReady).toBe(false);
  expect(report.failing.map(({ name }) => name)).toEqual(['storage_writable', 'anchor_recent']);
  expect(await metrics.render()).toContain('cairn_up_and_posting 0');
});

test('up and not posting is not up and posting', async () => {
  expect(health({}, false).evaluate().isReady).toBe(true);
  expect(await metrics.render()).toContain('cairn_up_and_posting 0');
});
