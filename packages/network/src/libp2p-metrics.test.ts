import { describe, expect, it } from 'vitest';
import { libp2pMetrics } from './libp2p-metrics.ts';

/** As much of a prom-client registry as registering takes. */
class FakeRegistry {
  readonly registered = new Map<string, { get(): Promise<{ values: readonly { value: number; labels: object }[] }> }>();
  get contentType() {
    return 'text/plain; version=0.0.4; charset=utf-8';
  }
  registerMetric(metric: { name: string; get(): Promise<never> }) {
    this.registered.set(metric.name, metric);
  }
  getSingleMetric(name: string) {
    return this.registered.get(name);
  }
}

function create(registry: FakeRegistry) {
  const log = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false });
  type Components = Parameters<ReturnType<typeof libp2pMetrics>>[0];
  return libp2pMetrics(registry)({ logger: { forComponent: () => log } } as unknown as Components);
}

describe('libp2p metrics', () => {
  it('gauges do not end like counters, and times are in seconds', async () => {
    const registry = new FakeRegistry();
    const metrics = create(registry);
    metrics.registerMetricGroup('libp2p_x_events_total');
    metrics.registerMetric('libp2p_x_errors_total');
    metrics.registerCounter('libp2p_x_sent_total');
    metrics.registerMetricGroup('libp2p_x_time_milliseconds').update({ success: 1500, successVariance: 9 });
    const names = [...registry.registered.keys()].filter((name) => name.startsWith('libp2p_x'));
    expect(names).toEqual(['libp2p_x_events', 'libp2p_x_errors', 'libp2p_x_sent_total', 'libp2p_x_time_seconds']);
    const { values } = (await registry.registered.get('libp2p_x_time_seconds')?.get()) ?? { values: [] };
    expect(values.map(({ value }) => value)).toEqual([1.5]);
  });
});
