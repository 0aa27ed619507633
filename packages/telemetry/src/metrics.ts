import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type EventLoopLag, watchEventLoop } from './event-loop-lag.ts';
import { closedCombinations, LabelGuard } from './label-guard.ts';
import type { MetricDefinition, Role } from './metric-definition.ts';
import { METRIC_DEFINITIONS, type MetricName, type NameOf, type Observation } from './metric-definitions.ts';
import type { MetricsOptions } from './options.ts';

export interface CounterHandle<Name extends MetricName> {
  /** Adds `amount` (1 when absent, never negative). */
  inc(...observation: Observation<Name, [amount?: number]>): void;
}

export interface GaugeHandle<Name extends MetricName> {
  set(...observation: Observation<Name, [value: number]>): void;
}

export interface HistogramHandle<Name extends MetricName> {
  /** `value` in the unit of the metric's name. */
  observe(...observation: Observation<Name, [value: number]>): void;
}

/**
 * The metrics of one process. Observing never throws: what is not allowed is left out and counted in
 * `cairn_telemetry_refused_total`, because telemetry must not stop what it watches.
 */
export interface Metrics<Shown extends Role = Role> {
  counter<Name extends NameOf<'counter', Shown>>(name: Name): CounterHandle<Name>;
  gauge<Name extends NameOf<'gauge', Shown>>(name: Name): GaugeHandle<Name>;
  histogram<Name extends NameOf<'histogram', Shown>>(name: Name): HistogramHandle<Name>;
  /** @returns all metrics in the text format of Prometheus, version 0.0.4. */
  render(): Promise<string>;
  readonly contentType: string;
  /** The registry of prom-client, for adapters that bring metrics of their own (`prometheusMetrics({ registry })` of libp2p). */
  readonly registry: Registry;
  /** Ends the watch on the event loop. */
  stop(): void;
}

/** @returns the metrics that `role` shows, all registered, closed label sets at 0. */
export function createMetrics<Shown extends Role>(options: MetricsOptions<Shown>): Metrics<Shown> {
  return new PromMetrics(options);
}

/** prom-client names these gauges like counters, which Prometheus's own check refuses. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

type Labels = Readonly<Record<string, string | number>>;
type Sink = (labels: Record<string, string>, value: number) => void;

class PromMetrics<Shown extends Role> implements Metrics<Shown> {
  readonly registry = new Registry();
  readonly contentType: string = this.registry.contentType;
  readonly #handles = new Map<string, (args: readonly unknown[]) => void>();
  readonly #lag: EventLoopLag;

  constructor({ role, withProcessMetrics = false }: MetricsOptions<Shown>) {
    for (const [name, definition] of Object.entries(METRIC_DEFINITIONS) as [string, MetricDefinition][]) {
      if (definition.roles.includes(role)) this.#handles.set(name, this.#handle(name, definition));
    }
    if (withProcessMetrics) {
      collectDefaultMetrics({ register: this.registry });
      for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    }
    this.#lag = watchEventLoop();
  }

  counter<Name extends NameOf<'counter', Shown>>(name: Name): CounterHandle<Name> {
    return { inc: (...args) => this.#observe(name, args) };
  }

  gauge<Name extends NameOf<'gauge', Shown>>(name: Name): GaugeHandle<Name> {
    return { set: (...args) => this.#observe(name, args) };
  }

  histogram<Name extends NameOf<'histogram', Shown>>(name: Name): HistogramHandle<Name> {
    return { observe: (...args) => this.#observe(name, args) };
  }

  async render(): Promise<string> {
    const lag = this.#lag.read();
    for (const stat of ['p50', 'p99', 'max'] as const)
      this.#observe('cairn_event_loop_lag_seconds', [{ stat }, lag[stat]]);
    return this.registry.metrics();
  }

  stop(): void {
    this.#lag.stop();
  }

  #observe(name: string, args: readonly unknown[]): void {
    this.#handles.get(name)?.(args);
  }

  #handle(name: string, definition: MetricDefinition): (args: readonly unknown[]) => void {
    const guard = new LabelGuard(definition);
    const sink = this.#register(name, definition);
    return (args) => {
      const [labels, given] = definition.labels ? (args as [Labels, number?]) : [{}, args[0] as number | undefined];
      const value = given ?? (definition.kind === 'counter' ? 1 : Number.NaN);
      const checked = guard.check(labels);
      const isAllowed = checked && Number.isFinite(value) && (definition.kind === 'gauge' || value >= 0);
      if (isAllowed) sink(checked, value);
      else this.#observe('cairn_telemetry_refused_total', []);
    };
  }

  #register(name: string, definition: MetricDefinition): Sink {
    const { help, kind, labels = {} } = definition;
    const configuration = { name, help, labelNames: Object.keys(labels), registers: [this.registry] };
    if (kind === 'gauge') {
      const gauge = new Gauge(configuration);
      return (checked, value) => gauge.set(checked, value);
    }
    if (kind === 'histogram') {
      const histogram = new Histogram({ ...configuration, buckets: [...(definition.buckets ?? [])] });
      return (checked, value) => histogram.observe(checked, value);
    }
    const counter = new Counter(configuration);
    // a series that appears with its first event has no rate for that event: start the closed ones at 0
    for (const combination of closedCombinations(definition)) counter.inc(combination, 0);
    return (checked, value) => counter.inc(checked, value);
  }
}
