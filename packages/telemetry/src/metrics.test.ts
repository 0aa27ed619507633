// Goal: what is declared is what Prometheus reads, and observing can neither throw nor grow without bound.
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import type { MetricDefinition, Role } from './metric-definition.ts';
import { METRIC_DEFINITIONS } from './metric-definitions.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const open: { stop(): void }[] = [];
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.stop();
});

function metricsOf<Shown extends Role>(role: Shown, withProcessMetrics = false): Metrics<Shown> {
  const metrics = createMetrics({ role, withProcessMetrics });
  open.push(metrics);
  return metrics;
}

async function sample(metrics: Metrics<Role>, series: string): Promise<number | undefined> {
  const line = (await metrics.render()).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('observing', () => {
  test('counters, gauges and histograms reach the text', async () => {
    const metrics = metricsOf('node');
    metrics.counter('cairn_ingest_reports_total').inc({ verdict: 'accepted' }, 3);
    metrics.counter('cairn_ingest_reports_total').inc({ verdict: 'accepted' });
    metrics.gauge('cairn_consensus_height').set(7);
    metrics.gauge('cairn_peer_clock_offset_seconds').set({ peer: 2 }, -0.25);
    metrics.histogram('cairn_frost_sign_duration_seconds').observe(0.002);
    expect(await sample(metrics, 'cairn_ingest_reports_total{verdict="accepted"}')).toBe(4);
    expect(await sample(metrics, 'cairn_consensus_height')).toBe(7);
    expect(await sample(metrics, 'cairn_peer_clock_offset_seconds{peer="2"}')).toBe(-0.25);
    expect(await sample(metrics, 'cairn_frost_sign_duration_seconds_bucket{le="0.001"}')).toBe(0);
    expect(await sample(metrics, 'cairn_frost_sign_duration_seconds_bucket{le="0.003"}')).toBe(1);
  });

  test('closed label sets start at 0, so that the first event has a rate', async () => {
    const metrics = metricsOf('aggregator');
    expect(await sample(metrics, 'cairn_anchor_submissions_total{outcome="expired"}')).toBe(0);
  });

  test('what is not allowed is left out and counted', async () => {
    const metrics = metricsOf('node');
    const reports = metrics.counter('cairn_ingest_reports_total');
    reports.inc({ verdict: 'accepted' }, -1);
    reports.inc({ verdict: 'accepted' }, Number.NaN);
    reports.inc({ verdict: 'no such verdict' as 'accepted' });
    metrics.gauge('cairn_peer_score').set({ peer: 1024 }, 1);
    metrics.gauge('cairn_peer_score').set({ peer: '0a5f' as unknown as number }, 1);
    metrics.gauge('cairn_peer_score').set({ peer: 1, device: 'x' } as { peer: number }, 1);
    metrics.gauge('cairn_consensus_view').set(Number.POSITIVE_INFINITY);
    expect(await sample(metrics, 'cairn_telemetry_refused_total')).toBe(7);
    expect(await sample(metrics, 'cairn_ingest_reports_total{verdict="accepted"}')).toBe(0);
    expect(await metrics.render()).not.toMatch(/cairn_peer_score\{|no such verdict/);
  });

  test('names that others choose cannot make more than 129 series', async () => {
    const metrics = metricsOf('node');
    for (let i = 0; i < 1000; i++) metrics.counter('cairn_ledger_reports_total').inc({ code: `CODE_${i}` });
    const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('cairn_ledger_reports_total{'));
    expect(lines).toHaveLength(129);
    expect(await sample(metrics, 'cairn_ledger_reports_total{code="other"}')).toBe(872);
  });
});

describe('roles', () => {
  test('each process shows its own metrics only', async () => {
    expect(await metricsOf('node').render()).not.toContain('cairn_anchor_');
    expect(await metricsOf('aggregator').render()).not.toContain('cairn_frost_');
  });

  test('two processes of one program do not share a registry', async () => {
    const [one, other] = [metricsOf('node'), metricsOf('node')];
    one.gauge('cairn_consensus_height').set(5);
    expect(await sample(other, 'cairn_consensus_height')).toBe(0);
  });

  test('the event loop lag is a small number of seconds', async () => {
    const lag = await sample(metricsOf('node'), 'cairn_event_loop_lag_seconds{stat="max"}');
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThan(60);
  });
});

describe('definitions', () => {
  const definitions = Object.entries(METRIC_DEFINITIONS) as [string, MetricDefinition][];

  test.each(definitions)('%s follows the naming rules', (name, definition) => {
    expect(name).toMatch(/^cairn_[a-z]+(?:_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(definition.kind === 'counter');
    expect(definition.help).toMatch(/^[A-Z01T].*[^.]$/);
    expect(definition.buckets !== undefined).toBe(definition.kind === 'histogram');
    const buckets = definition.buckets ?? [];
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(Object.keys(definition.labels ?? {})).not.toContain('device');
  });

  // docs: conventions of the field, "Metrics"
  test.each([
    'cairn_consensus_round',
    'cairn_consensus_participation_expected_total',
    'cairn_consensus_participation_success_total',
    'cairn_consensus_participation_missed_total',
    'cairn_frost_nonces_available',
    'cairn_dkg_epoch',
    'cairn_dkg_share_valid',
    'cairn_peer_clock_offset_seconds',
    'cairn_anchor_last_success_timestamp_seconds',
    'cairn_anchor_wallet_balance_lamports',
    'cairn_health_checks',
    'cairn_up_and_posting',
  ])('%s must be there', (name) => {
    expect(METRIC_DEFINITIONS).toHaveProperty(name);
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

describe.skipIf(!hasPromtool)('promtool (Debian package prometheus; skipped where it is not installed)', () => {
  test.each(['node', 'aggregator'] as const)('accepts and does not criticise the metrics of a %s', async (role) => {
    const metrics = metricsOf(role, true);
    if (role === 'node') {
      const node = metrics as Metrics<'node'>;
      node.counter('cairn_consensus_participation_missed_total').inc({ peer: 3 });
      node.histogram('cairn_ingest_request_duration_seconds').observe(0.02);
    }
    const check = spawnSync('promtool', ['check', 'metrics'], { input: await metrics.render(), encoding: 'utf8' });
    expect(check.stderr + check.stdout).toBe('');
    expect(check.status).toBe(0);
  });

  test('would criticise a bad name', () => {
    const input = '# HELP cairn_x_count a\n# TYPE cairn_x_count gauge\ncairn_x_count 1\n';
    expect(spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' }).status).not.toBe(0);
  });
});
