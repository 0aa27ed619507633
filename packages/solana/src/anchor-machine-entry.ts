/** The pure part: no chain library, for whoever hosts the machine otherwise. */
export type { AnchorCheckpoint } from './anchor-checkpoint.ts';
export * from './anchor-machine.ts';
export * from './anchor-record.ts';
export * from './anchor-step.ts';
export * from './options.ts';
