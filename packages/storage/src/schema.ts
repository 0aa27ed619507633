/**
 * Tables of the chain: the same in a member's store and in the archive. Hashes are 32-byte blobs. A blob marked
 * `checked` carries its CRC-32 in front (checked-blob.ts); all others are named by their own hash.
 */
const CHAIN_1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) WITHOUT ROWID, STRICT;

-- Headers and notes are for ever; certified, receipts and reports go when the block is pruned.
CREATE TABLE blocks (
  height INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  header BLOB NOT NULL,
  note BLOB,             -- checked
  certified BLOB,        -- checked
  receipts BLOB,         -- checked; 34 bytes each, as the leaves are
  reports BLOB           -- checked; ids in the order of the reports tree
) STRICT;

CREATE TABLE batches (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  author INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  base_height INTEGER NOT NULL,
  included_height INTEGER,
  packed_ids BLOB        -- own batches not yet in the chain: ids of the items they carry
) STRICT;
-- Apart, so that marking a batch does not write its bytes again.
CREATE TABLE batch_bytes (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT; -- checked
CREATE INDEX batches_waiting ON batches (base_height) WHERE included_height IS NULL;
CREATE INDEX batches_packed ON batches (number) WHERE packed_ids IS NOT NULL;
CREATE INDEX batches_included ON batches (included_height) WHERE included_height IS NOT NULL;

-- Where each item ended. An accepted item never changes; a refused one may be ordered again.
CREATE TABLE fates (
  id BLOB PRIMARY KEY,
  height INTEGER NOT NULL,
  code INTEGER NOT NULL,
  report_index INTEGER,
  batch INTEGER,
  item INTEGER
) WITHOUT ROWID, STRICT;

CREATE TABLE results (
  feed TEXT NOT NULL,
  grp TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  height INTEGER NOT NULL,
  position INTEGER NOT NULL,
  body BLOB NOT NULL,    -- checked
  PRIMARY KEY (feed, grp, window_start, height, position)
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX results_of_block ON results (height, position);

CREATE TABLE feed_groups (
  feed TEXT NOT NULL,
  grp TEXT NOT NULL,
  results INTEGER NOT NULL,
  latest_window INTEGER NOT NULL,
  PRIMARY KEY (feed, grp)
) WITHOUT ROWID, STRICT;

-- Complete subtrees of the log over headers, each written once.
CREATE TABLE log_nodes (
  level INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, position)
) WITHOUT ROWID, STRICT;

CREATE TABLE ledger (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT; -- checked
`;

/** Evidence that the chain accepted, in its order; kept for ever: the batches that carried it may be pruned. */
const EVIDENCE_2 = `
CREATE TABLE evidence (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  height INTEGER NOT NULL,
  member INTEGER NOT NULL,
  kind TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
`;

/** The newest completed snapshot of the state and the one in the making; older ones are deleted. */
const SNAPSHOTS_3 = `
CREATE TABLE snapshots (height INTEGER PRIMARY KEY, head BLOB NOT NULL) STRICT; -- checked
CREATE TABLE snapshot_chunks (
  height INTEGER NOT NULL,
  position INTEGER NOT NULL,
  chunk BLOB NOT NULL,   -- checked; with its path, as it is sent
  PRIMARY KEY (height, position)
) STRICT;
`;

const NODE_1 = `
-- One tree, not a table and an index: every report goes through it twice. The order is that of arrival.
CREATE TABLE pending_items (
  id BLOB PRIMARY KEY,
  arrival INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  bytes BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- Blocks proposed or prepared and not certified, by hash.
CREATE TABLE candidates (hash BLOB PRIMARY KEY, height INTEGER NOT NULL, block BLOB NOT NULL) STRICT; -- checked
CREATE TABLE proposed (
  height INTEGER NOT NULL, view INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (height, view)
) WITHOUT ROWID, STRICT;
CREATE TABLE prepared (
  height INTEGER NOT NULL, view INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (height, view)
) WITHOUT ROWID, STRICT;
-- One row a kind: entered, high-certificate, timed-out; the view never falls.
CREATE TABLE voting (
  height INTEGER NOT NULL, kind TEXT NOT NULL, view INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (height, kind)
) WITHOUT ROWID, STRICT;
`;

const ARCHIVE_1 = `
CREATE TABLE anchors (
  transaction_id TEXT PRIMARY KEY,
  chain TEXT NOT NULL,
  status TEXT NOT NULL,
  tree_size INTEGER NOT NULL,
  submitted_at INTEGER NOT NULL,
  record BLOB NOT NULL   -- checked
) STRICT;
CREATE INDEX anchors_by_size ON anchors (tree_size);
CREATE INDEX anchors_by_time ON anchors (submitted_at);
`;

/** A member's store and an aggregator's archive share the tables of the chain and differ in the rest. */
export type StoreRole = 'node' | 'archive';

/** Data of an older version holds blocks by rules from before the first release: no step can make others of them. */
export const OLDEST_VERSION = 3;

/** Step i brings a database from version i to i + 1. Only ever appended to. */
export const MIGRATIONS: Readonly<Record<StoreRole, readonly string[]>> = {
  node: [CHAIN_1 + NODE_1, EVIDENCE_2, SNAPSHOTS_3],
  archive: [CHAIN_1 + ARCHIVE_1, EVIDENCE_2, SNAPSHOTS_3],
};
