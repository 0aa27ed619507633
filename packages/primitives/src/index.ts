export * from './base64.ts';
export * from './bounded.ts';
export * from './brand.ts';
export * from './bytes.ts';
export * from './errors.ts';
export * from './quorum.ts';
export * from './rng.ts';
