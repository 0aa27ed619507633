export * from './chain-fixture.ts';
export * from './memory-node-store.ts';
