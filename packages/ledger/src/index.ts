export {
  type BatchUse,
  type BlockInput,
  type BlockInputProblem,
  blockInputProblem,
  isBatchUsable,
} from './block-input.ts';
export type { CountedVotes } from './counted-votes.ts';
export { type DecodedBatch, type DecodedItem, decodeBatchItems } from './decoded-batch.ts';
export * from './errors.ts';
export { commit, type Execution, execute, nextStateHash } from './execute.ts';
export { precheckRegistration, precheckRevocation } from './judge-registration.ts';
export type { Roster, Turns } from './leader-roster.ts';
export { genesisState, type LedgerState } from './ledger-state.ts';
export { nextDue } from './next-due.ts';
export { isKnownDevice, precheck } from './precheck.ts';
export type { ReportFacts } from './reading.ts';
export { restoreState, type StoredEntry, snapshotEntries } from './restore-state.ts';
export { entriesOfChunk, takeSnapshot } from './snapshot.ts';
export type { StateEntry, StateMeta, StateWrite } from './state-entry.ts';
