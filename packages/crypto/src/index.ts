export * from './ed25519.ts';
export * from './errors.ts';
export * from './hash.ts';
export * from './self-test.ts';
export * from './wipe.ts';
