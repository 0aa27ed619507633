export * from './certified-chain.ts';
