export * from './attestations.ts';
export * from './chain-proofs.ts';
export * from './chain-reads.ts';
export * from './errors.ts';
export * from './node-store.ts';
export * from './node-store-port.ts';
export * from './options.ts';
