export * from './cairn-client.ts';
export type { VerifiedCheckpoint } from './checkpoint-watch.ts';
export { HistoryError, VerificationError } from './client-error.ts';
export * from './decimal-text.ts';
export * from './errors.ts';
export { type ClientBounds, defaultClientBounds } from './options.ts';
export type { Platform } from './platform.ts';
export type { StreamQuery } from './update-stream.ts';
export { aggregateText, type Verified, type VerifiedReport, type VerifiedRound } from './verified.ts';
