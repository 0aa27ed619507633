export * from './errors.ts';
export { type Libp2pMetricsSource, libp2pMetrics } from './libp2p-metrics.ts';
export { createNetwork, type NetworkDependencies } from './libp2p-network.ts';
export * from './network.ts';
export { defaultLimits, type NetworkLimits, type NetworkOptions } from './options.ts';
