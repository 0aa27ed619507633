export * from './certified-chain.ts';
export * from './evidence-court.ts';
export * from './snapshot-server.ts';
