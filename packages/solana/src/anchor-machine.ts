import { assert, assertNever, toBase64, type UnixMs } from '@cairn/primitives';
import { AnchorBook } from './anchor-book.ts';
import type { AnchorCheckpoint } from './anchor-checkpoint.ts';
import { type AnchorRecord, isAnchored } from './anchor-record.ts';
import type {
  AnchorCommand,
  AnchorEvent,
  AnchorInput,
  AnchorPhase,
  AnchorStep,
  ChainCheck,
  ChainSurvey,
  CheckedStatus,
} from './anchor-step.ts';
import type { ChainId, TransactionId } from './chain-client.ts';
import { type AnchorOptions, anchorPrice } from './options.ts';

/** Confirmed anchors that wait to be final; more than this, and no new one is begun. */
const TRACKED_MAX = 64;

export interface AnchorMachineDependencies {
  /** All that the store holds. */
  readonly records: readonly AnchorRecord[];
  /** Builds and signs; deterministic. */
  readonly build: (input: {
    checkpoint: AnchorCheckpoint;
    blockhash: string;
    computeUnitPriceMicroLamports: number;
  }) => { transaction: TransactionId; bytes: Uint8Array };
}

export interface AnchorState {
  readonly phase: AnchorPhase;
  readonly chain: ChainId | null;
  /** The anchor of the largest tree that the current chain holds. */
  readonly latest: AnchorRecord | null;
  /** The transaction that may still land. */
  readonly submitted: AnchorRecord | null;
  readonly newestTreeSize: number;
  readonly balanceLamports: number | null;
  /** Commands in a row that failed, and the code of the last. */
  readonly failures: number;
  readonly lastFailure: string | null;
}

/**
 * Anchors the newest checkpoint now and then, and pays once for it. Pure: no clock, no I/O; the host carries steps out.
 *
 * Never two transactions that could both land: a new one is built only when the one before was seen in the chain, or
 * can no longer get there. It cannot once the finalized height has passed its last valid height and the RPC, asked
 * after that and answering as of a slot not before that head, does not know it.
 */
export class AnchorMachine {
  readonly #options: AnchorOptions;
  readonly #build: AnchorMachineDependencies['build'];
  readonly #book: AnchorBook;
  #chain: ChainId | undefined;
  #newest: AnchorCheckpoint | undefined;
  #underWay: AnchorCommand | undefined;
  #attempts = 0;
  #failures = 0;
  #lastFailure: string | null = null;
  #balanceLamports: number | null = null;
  #retryAtMs: UnixMs = 0;
  #checkAtMs: UnixMs = 0;
  #sendAtMs: UnixMs = 0;

  constructor(options: AnchorOptions, dependencies: AnchorMachineDependencies) {
    this.#options = options;
    this.#build = dependencies.build;
    this.#book = new AnchorBook(dependencies.records);
  }

  get state(): AnchorState {
    const chain = this.#chain;
    return {
      phase: this.#phase(),
      chain: chain ?? null,
      latest: (chain !== undefined && this.#book.latest(chain)) || null,
      submitted: (chain !== undefined && this.#book.submitted(chain)) || null,
      newestTreeSize: this.#newest?.treeSize ?? 0,
      balanceLamports: this.#balanceLamports,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    };
  }

  step(input: AnchorInput): AnchorStep {
    const turn = new Turn(input.atMs);
    this.#take(input, turn);
    const next = this.#underWay === undefined ? this.#choose(turn.atMs) : undefined;
    const isCommand = typeof next === 'object';
    if (isCommand) this.#underWay = next;
    return {
      save: turn.save,
      command: turn.command ?? (isCommand ? next : undefined),
      wakeAtMs: isCommand ? undefined : next,
      events: turn.events,
    };
  }

  #phase(): AnchorPhase {
    if (this.#failures > 0 || this.#attempts > 0) return 'retrying';
    if (this.#chain !== undefined && this.#book.submitted(this.#chain)) {
      return this.#underWay?.kind === 'send' ? 'submitting' : 'confirming';
    }
    return this.#underWay?.kind === 'survey' || this.#underWay?.kind === 'fund' ? 'submitting' : 'idle';
  }

  #take(input: AnchorInput, turn: Turn): void {
    switch (input.kind) {
      case 'checkpoint':
        if (input.checkpoint.treeSize > (this.#newest?.treeSize ?? 0)) this.#newest = input.checkpoint;
        return;
      case 'woken':
        return;
      case 'surveyed':
        this.#answered('survey');
        this.#surveyed(input.survey, turn);
        return;
      case 'funded':
        this.#answered('fund');
        this.#retryAtMs = turn.atMs + this.#options.pollMs;
        return;
      case 'sent':
        this.#answered('send');
        return;
      case 'refused':
        this.#refused(input.code, turn);
        return;
      case 'checked':
        this.#checked(input.check, turn);
        return;
      case 'failed':
        this.#underWay = undefined;
        this.#failed(input.code, turn);
        return;
      default:
        assertNever(input);
    }
  }

  /** @returns the next command, or when to be woken, or undefined when there is nothing to wait for. */
  #choose(atMs: UnixMs): AnchorCommand | UnixMs | undefined {
    if (atMs < this.#retryAtMs) return this.#retryAtMs;
    if (this.#chain === undefined) {
      return this.#newest === undefined && this.#book.isEmpty ? undefined : { kind: 'survey' };
    }
    const tracked = this.#book.tracked(this.#chain);
    const submitted = this.#book.submitted(this.#chain);
    if (tracked.length > 0 && atMs >= this.#checkAtMs) {
      return { kind: 'check', transactions: tracked.map((record) => record.transaction) };
    }
    if (submitted !== undefined) {
      return atMs >= this.#sendAtMs ? this.#send(submitted, atMs) : Math.min(this.#sendAtMs, this.#checkAtMs);
    }
    const dueAtMs = this.#dueAtMs(atMs);
    if (dueAtMs !== undefined && atMs >= dueAtMs) return { kind: 'survey' };
    const checkAtMs = tracked.length > 0 ? this.#checkAtMs : undefined;
    return earliest(dueAtMs, checkAtMs);
  }

  /** When the newest checkpoint is to be anchored on the current chain; undefined when it is, or must wait for others. */
  #dueAtMs(atMs: UnixMs): UnixMs | undefined {
    const chain = this.#chain;
    if (chain === undefined || this.#newest === undefined) return undefined;
    if (this.#book.submitted(chain) !== undefined || this.#book.tracked(chain).length >= TRACKED_MAX) return undefined;
    const latest = this.#book.latest(chain);
    if (latest === undefined) return 0;
    if (this.#newest.treeSize <= latest.treeSize) return undefined;
    // A clock that was set back must not silence us until it has caught up.
    return latest.submittedAt > atMs ? 0 : latest.submittedAt + this.#options.intervalMs;
  }

  #send(record: AnchorRecord, atMs: UnixMs): AnchorCommand {
    this.#sendAtMs = atMs + this.#options.resendMs;
    return { kind: 'send', record };
  }

  #surveyed(survey: ChainSurvey, turn: Turn): void {
    this.#balanceLamports = survey.balanceLamports;
    this.#enter(survey.chain, turn);
    const dueAtMs = this.#dueAtMs(turn.atMs);
    if (dueAtMs === undefined || dueAtMs > turn.atMs) return;
    const price = anchorPrice(this.#options, survey.recentPrice, this.#attempts + 1);
    const { feeLamports } = price;
    if (survey.balanceLamports < feeLamports) {
      this.#poor(survey.balanceLamports, feeLamports, turn);
      return;
    }
    if (price.isCapped) turn.events.push({ kind: 'fee-capped', feeLamports, recentPrice: survey.recentPrice });
    this.#begin(survey, price, turn);
  }

  #begin(survey: ChainSurvey, price: { computeUnitPriceMicroLamports: number; feeLamports: number }, turn: Turn): void {
    const checkpoint = this.#newest;
    assert(checkpoint !== undefined && this.#book.submitted(survey.chain) === undefined, 'one transaction at a time');
    const { computeUnitPriceMicroLamports, feeLamports } = price;
    const built = this.#build({ checkpoint, blockhash: survey.blockhash, computeUnitPriceMicroLamports });
    const record: AnchorRecord = {
      transaction: built.transaction,
      chain: survey.chain,
      status: 'submitted',
      treeSize: checkpoint.treeSize,
      root: checkpoint.root,
      headerHash: checkpoint.headerHash,
      note: checkpoint.note,
      slot: null,
      blockTime: null,
      submittedAt: turn.atMs,
      attempt: this.#attempts + 1,
      feeLamports,
      lastValidBlockHeight: survey.lastValidBlockHeight,
      transactionBase64: toBase64(built.bytes),
    };
    // Saved before it is sent: whoever restarts in between knows what may be on its way.
    this.#put(record, turn);
    this.#checkAtMs = turn.atMs + this.#options.pollMs;
    this.#underWay = turn.command = this.#send(record, turn.atMs);
  }

  #poor(balanceLamports: number, feeLamports: number, turn: Turn): void {
    const lamports = this.#options.airdropLamports;
    const isAirdropAsked = lamports > 0;
    turn.events.push({ kind: 'balance-missing', balanceLamports, feeLamports, isAirdropAsked });
    if (isAirdropAsked) this.#underWay = turn.command = { kind: 'fund', lamports };
    else this.#failed('SOLANA_BALANCE_MISSING', turn);
  }

  #refused(code: string, turn: Turn): void {
    const command = this.#underWay;
    assert(command?.kind === 'send', 'an answer to a send');
    this.#answered('send');
    // Another node may have taken it, so it stays submitted, and the same bytes are offered again, until it expires.
    turn.events.push({ kind: 'send-refused', code, transaction: command.record.transaction });
  }

  #checked(check: ChainCheck, turn: Turn): void {
    const command = this.#underWay;
    assert(command?.kind === 'check', 'an answer to a check');
    this.#answered('check');
    const isSubmitted = this.#chain !== undefined && this.#book.submitted(this.#chain) !== undefined;
    this.#checkAtMs = turn.atMs + (isSubmitted ? this.#options.pollMs : this.#options.finalityPollMs);
    this.#enter(check.chain, turn);
    // Only records of the chain that answered: another chain's silence says nothing about them.
    for (const record of this.#book.tracked(check.chain)) {
      const index = command.transactions.indexOf(record.transaction);
      const status = index < 0 ? undefined : check.statuses[index];
      const judged = status === undefined ? undefined : judge(record, status, check);
      if (judged !== undefined) this.#changed(judged, turn);
    }
  }

  #changed(record: AnchorRecord, turn: Turn): void {
    this.#put(record, turn);
    if (isAnchored(record)) this.#attempts = 0;
    if (record.status === 'expired' || record.status === 'failed') {
      // An attempt came to nothing: the next one pays more, and waits longer.
      this.#attempts = record.attempt;
      this.#retryAtMs = turn.atMs + this.#backoffMs(record.attempt);
    }
  }

  #failed(code: string, turn: Turn): void {
    this.#failures++;
    this.#lastFailure = code;
    this.#retryAtMs = turn.atMs + this.#backoffMs(this.#failures);
    turn.events.push({ kind: 'rpc-failed', code, failures: this.#failures, retryAtMs: this.#retryAtMs });
  }

  #backoffMs(count: number): number {
    return Math.min(this.#options.backoffMsMax, this.#options.backoffMsMin * 2 ** Math.min(count - 1, 20));
  }

  /** The RPC answered, so it is not down. */
  #answered(kind: AnchorCommand['kind']): void {
    assert(this.#underWay?.kind === kind, 'an answer to the command under way');
    this.#underWay = undefined;
    this.#failures = 0;
  }

  /** Another chain than before may be a test chain that was started anew, or an RPC URL that was changed. */
  #enter(chain: ChainId, turn: Turn): void {
    if (chain === this.#chain) return;
    turn.events.push({ kind: 'chain-entered', chain, previous: this.#chain ?? null });
    this.#chain = chain;
    this.#attempts = 0;
    // Whatever was sent here before is looked for first.
    this.#checkAtMs = 0;
    this.#sendAtMs = 0;
  }

  #put(record: AnchorRecord, turn: Turn): void {
    this.#book.put(record);
    turn.save.push(record);
    turn.events.push({ kind: 'anchor', record });
  }
}

/** What one step gathers. */
class Turn {
  readonly atMs: UnixMs;
  readonly save: AnchorRecord[] = [];
  readonly events: AnchorEvent[] = [];
  command: AnchorCommand | undefined;

  constructor(atMs: UnixMs) {
    this.atMs = atMs;
  }
}

/** @returns the record as it stands now, undefined when nothing changed. */
function judge(record: AnchorRecord, status: CheckedStatus | null, check: ChainCheck): AnchorRecord | undefined {
  if (status === null) {
    const isPast = check.head.blockHeight > record.lastValidBlockHeight && check.slot >= check.head.slot;
    if (!isPast) return undefined;
    return { ...record, status: record.status === 'confirmed' ? 'dropped' : 'expired', transactionBase64: '' };
  }
  if (status.commitment === 'processed') return undefined;
  const { slot } = status;
  const blockTime = status.blockTime ?? (slot === record.slot ? record.blockTime : null);
  const found = { ...record, slot, blockTime };
  if (status.isFailed) return { ...found, status: 'failed', transactionBase64: '' };
  if (status.commitment === 'finalized') return { ...found, status: 'finalized', transactionBase64: '' };
  const isNews = record.status !== 'confirmed' || record.slot !== slot;
  return isNews ? { ...found, status: 'confirmed' } : undefined;
}

function earliest(...times: readonly (UnixMs | undefined)[]): UnixMs | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
