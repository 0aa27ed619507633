export * from './fake-node.ts';
export * from './until.ts';
