export * from './errors.ts';
export * from './frost-scheme.ts';
export { SecretNonces } from './secret-nonces.ts';
export * from './threshold-scheme.ts';
