export * from './aggregator.ts';
export * from './anchoring.ts';
export * from './api-metrics.ts';
export * from './await-genesis.ts';
export * from './errors.ts';
export * from './load-genesis.ts';
export * from './options.ts';
