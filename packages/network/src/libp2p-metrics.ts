import { prometheusMetrics } from '@libp2p/prometheus-metrics';
import type { Libp2pMetrics } from './libp2p-node.ts';

/** A prom-client registry. Typed loosely: prom-client has its home in `telemetry`. */
export type Libp2pMetricsSource = object;

/**
 * libp2p's own metrics (`libp2p_*`), registered beside ours. One registry serves one network.
 * @param registry a prom-client `Registry`.
 */
export function libp2pMetrics(registry: Libp2pMetricsSource): Libp2pMetrics {
  type Init = NonNullable<Parameters<typeof prometheusMetrics>[0]>;
  return prometheusMetrics({
    registry: registry as NonNullable<Init['registry']>,
    // The process's metrics belong to telemetry, and what it has registered stays.
    collectDefaultMetrics: false,
    preserveExistingMetrics: true,
  });
}
