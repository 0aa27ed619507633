import { sha256Hash } from '@cairn/crypto';
import { merkleRoot, recordsRoot } from '@cairn/merkle';
import { assert, fromHex, type Hash, writeHex } from '@cairn/primitives';
import {
  encodeFeedResult,
  type FeedResult,
  RECEIPT_BYTES,
  type Receipt,
  type ReceiptCode,
  writeReceipt,
} from '@cairn/protocol';
import { BlockDraft } from './block-draft.ts';
import { type BlockInput, blockInputProblem } from './block-input.ts';
import { CborWriter } from './cbor-writer.ts';
import { closeWindows } from './close-windows.ts';
import type { DecodedItem } from './decoded-batch.ts';
import { executeCredit } from './judge-credit.ts';
import { executeEvidence } from './judge-evidence.ts';
import { executeRegistration, executeRevocation } from './judge-registration.ts';
import { executeReport } from './judge-report.ts';
import type { LedgerState } from './ledger-state.ts';
import { settleDeferred } from './settle-deferred.ts';
import type { StateWrite } from './state-entry.ts';

const HASH_BYTES = 32;

/** What a block does to a state, and the header fields that say so. */
export interface Execution {
  /** One per item in (batch, item) order, then one per deferred report that the block settled. */
  readonly receipts: readonly Receipt[];
  /** Ids of the accepted reports: settled ones first, then in (batch, item) order. */
  readonly acceptedReports: readonly Hash[];
  /** Of the windows that the block closed, by (end, feed, group). */
  readonly results: readonly FeedResult[];
  readonly writes: readonly StateWrite[];
  /** SHA-256(previous state hash || canonical CBOR of [[key, value or null] ...]). */
  readonly stateHash: Hash;
  readonly receiptsRoot: Hash;
  readonly reportsRoot: Hash;
  readonly resultsRoot: Hash;
  /** For `commit`. */
  readonly draft: BlockDraft;
}

/**
 * `execute(state, block) -> state', header fields, receipts`: a pure function (protocol section 6). It does not change
 * `state`, so several candidate blocks of one height may be executed over it.
 * @throws AssertionError when `blockInputProblem` finds any; never for what an item holds.
 */
export function execute(state: LedgerState, input: BlockInput): Execution {
  const problem = blockInputProblem(state, input);
  assert(problem === null, `a block that can follow: ${problem}`);
  const draft = new BlockDraft(state, input);
  const items = input.batches.flatMap((batch) => batch.items);
  const { receipts, acceptedReports } = executeItems(draft, items);
  const results = closeWindows(draft);
  if (input.turns !== null) draft.follow(input.turns);
  draft.count(
    (state.genesis.members[input.leader] as (typeof state.genesis.members)[number]).identityKey,
    input.batches.map(({ id }) => id),
  );
  const writes = draft.writes();
  return {
    receipts,
    acceptedReports,
    results,
    writes,
    stateHash: nextStateHash(state.stateHash, writes),
    receiptsRoot: recordsRoot({
      count: receipts.length,
      recordBytes: RECEIPT_BYTES,
      write: (i, out, at) => writeReceipt(receipts[i] as Receipt, out, at),
    }),
    reportsRoot: recordsRoot({
      count: acceptedReports.length,
      recordBytes: HASH_BYTES,
      write: (i, out, at) => writeHex(acceptedReports[i] as Hash, out, at),
    }),
    resultsRoot: merkleRoot(results.map(encodeFeedResult)),
    draft,
  };
}

/** Carries an execution over this very state into it: the only mutation. Other executions over it are void. */
export function commit(state: LedgerState, execution: Execution): void {
  assert(execution.draft.state === state, 'an execution over this state');
  execution.draft.commit(execution.stateHash);
}

/**
 * "Two passes over the whole block in (batch, item) order: first governance, registrations, revocations; then reports":
 * the second starts with the deferred ones.
 */
function executeItems(
  draft: BlockDraft,
  items: readonly DecodedItem[],
): { readonly receipts: Receipt[]; readonly acceptedReports: Hash[] } {
  const governed = items.map((item) => executeGoverned(draft, item));
  const settled = settleDeferred(draft);
  const receipts = items.map((item, i): Receipt => {
    const code = item.kind === 'report' ? executeReport(draft, item.report) : (governed[i] as ReceiptCode);
    return { id: item.id, code };
  });
  const acceptedReports = settled.filter(({ code }) => code === 'accepted').map(({ id }) => id);
  receipts.forEach(({ id, code }, i) => {
    if (code === 'accepted' && (items[i] as DecodedItem).kind === 'report') acceptedReports.push(id);
  });
  return { receipts: receipts.concat(settled), acceptedReports };
}

/** The first pass. @returns null for a report, whose turn comes later. */
function executeGoverned(draft: BlockDraft, item: DecodedItem): ReceiptCode | null {
  switch (item.kind) {
    case 'registration':
      return executeRegistration(draft, item.registration);
    case 'revocation':
      return executeRevocation(draft, item.revocation);
    case 'evidence':
      return executeEvidence(draft, item.evidence);
    case 'credit':
      return executeCredit(draft, item.credit);
    case 'malformed':
      return 'malformed';
    case 'report':
      return null;
  }
}

/** Hands out copies and is empty between blocks. */
const writer = new CborWriter();

/** Anyone who has the writes can compute it. */
export function nextStateHash(previous: Hash, writes: readonly StateWrite[]): Hash {
  writer.anew().list(writes.length);
  for (const { key, value } of writes) {
    writer.list(2).ascii(key);
    if (value === null) writer.nothing();
    else writer.bytes(value);
  }
  return sha256Hash(fromHex(previous, 32), writer.finish());
}
