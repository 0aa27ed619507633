export * from './committee.ts';
export * from './memory-network.ts';
export * from './network-compliance.ts';
