import { prometheusMetrics } from '@libp2p/prometheus-metrics';
import type { Libp2pMetrics } from './libp2p-node.ts';

/** A prom-client registry. Typed loosely: prom-client has its home in `telemetry`. */
export type Libp2pMetricsSource = object;

type Registered = ReturnType<Libp2pMetrics>;
interface MetricGroup {
  update(values: Readonly<Record<string, unknown>>): void;
}

/**
 * libp2p's own metrics (`libp2p_*`), registered beside ours. One registry serves one network.
 * Deviation: gauges lose the ending `_total`, and milliseconds become seconds, as Prometheus asks (`promtool check metrics`).
 * @param registry a prom-client `Registry`.
 */
export function libp2pMetrics(registry: Libp2pMetricsSource): Libp2pMetrics {
  type Init = NonNullable<Parameters<typeof prometheusMetrics>[0]>;
  const create = prometheusMetrics({
    registry: registry as NonNullable<Init['registry']>,
    // The process's metrics belong to telemetry, and what it has registered stays.
    collectDefaultMetrics: false,
    preserveExistingMetrics: true,
  });
  return (components) => withHouseNames(create(components));
}

function withHouseNames(metrics: Registered): Registered {
  const single = metrics.registerMetric.bind(metrics);
  const group = metrics.registerMetricGroup.bind(metrics) as (name: string, options: object) => MetricGroup | undefined;
  metrics.registerMetric = ((name: string, options = {}) => single(gaugeName(name), options)) as typeof single;
  metrics.registerMetricGroup = ((name: string, options = {}) => {
    const registered = group(gaugeName(name), options);
    // One that is calculated is not handed out.
    return name.endsWith('_milliseconds') && registered !== undefined ? inSeconds(registered) : registered;
  }) as Registered['registerMetricGroup'];
  return metrics;
}

function gaugeName(name: string): string {
  return name.replace(/_total$/, '').replace(/_milliseconds$/, '_seconds');
}

/** Of a timeout that adapts itself: durations, and a variance, which is not one and says what the deviation does. */
function inSeconds(group: MetricGroup): MetricGroup {
  const update = group.update.bind(group);
  group.update = (values) => {
    const durations = Object.entries(values).filter(([name]) => !name.endsWith('Variance'));
    update(Object.fromEntries(durations.map(([name, value]) => [name, Number(value) / 1000])));
  };
  return group;
}
