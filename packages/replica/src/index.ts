export * from './authenticate-batch.ts';
export * from './batch-pool.ts';
export * from './chain.ts';
export * from './follow-certified.ts';
export * from './replica.ts';
export * from './signer.ts';
export * from './step.ts';
