/** Codes raised by this package; docs/errors.md is made from this table. */
export const REPLICA_ERRORS = {
  SNAPSHOT_CHECKPOINT_MISMATCH: {
    meaning: 'The checkpoint that a new node was to start from is of another network.',
    remedy: 'Take the newest checkpoint of this network from its aggregator or its anchors.',
  },
  SNAPSHOT_CHECKPOINT_INVALID: {
    meaning: 'The group key of this network did not sign the checkpoint, or it names no block.',
    remedy: 'Take the checkpoint again, whole and from a source that you trust; never leave the signature line out.',
  },
  SNAPSHOT_CHECKPOINT_EXCEEDED: {
    meaning: 'The checkpoint is older than 14 days: committees that signed since then could not be told from thieves.',
    remedy: 'Take a newer checkpoint from the aggregator, the anchor chain or an operator that you trust.',
  },
  SNAPSHOT_HISTORY_MISMATCH: {
    meaning: 'The committee signed a history that contradicts the checkpoint: two roots for one size of the log.',
    remedy: 'Start nothing. Keep both checkpoints, they prove the fork, and talk to the other operators.',
  },
  SNAPSHOT_STATE_INVALID: {
    meaning: 'A snapshot whose every chunk is proven does not make a state that has the same snapshot root.',
    remedy: 'The members run another release than this one: install theirs, then start again.',
  },
  SNAPSHOT_SOURCE_MISSING: {
    meaning:
      'No member offers a snapshot that is consistent with the checkpoint; the message says what each one answered.',
    remedy:
      'Check that members are reachable and past their first epoch; else start without a checkpoint, from block 1 on.',
  },
} as const;
