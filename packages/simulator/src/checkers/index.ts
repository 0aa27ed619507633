export * from './bounds.ts';
export * from './checker.ts';
export * from './convictions.ts';
export * from './honest-votes.ts';
export * from './nonce-once.ts';
export * from './one-block-per-height.ts';
export * from './re-execution.ts';
export * from './reports.ts';
