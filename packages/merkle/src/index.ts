export * from './errors.ts';
export * from './log-frontier.ts';
export * from './log-tree.ts';
export * from './merkle-tree.ts';
export * from './record-list.ts';
export { EMPTY_ROOT, leafHash, nodeHash, PROOF_HASHES_MAX } from './tree-hash.ts';
export * from './verify-proof.ts';
