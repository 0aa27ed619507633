import {
  assert,
  compareText,
  type Hash,
  type MemberIndex,
  type PublicKey,
  quorumOf,
  type UnixMs,
} from '@cairn/primitives';
import { encodeCanonical, toBytes } from '@cairn/protocol';
import { CborWriter } from './cbor-writer.ts';
import { type CountedVotes, countedVotesCodec, forgottenVotesHeight, withVote } from './counted-votes.ts';
import { FeedDraft } from './feed-draft.ts';
import { nextRoster, type Roster, rosterCodec, type Turns, withCredits } from './leader-roster.ts';
import {
  closableBefore,
  countedBatchesCodec,
  expiredEvidence,
  forgottenBatchesHeight,
  type LedgerState,
} from './ledger-state.ts';
import { keyOf, type StateWrite } from './state-entry.ts';

/** Hands out copies and is empty between blocks. */
const writer = new CborWriter();

/** The changes of one block over a state that stays as it is until they are committed. */
export class BlockDraft {
  readonly state: LedgerState;
  readonly height: number;
  readonly time: UnixMs;
  readonly #baseHash: Hash;
  /** Registrations that this block accepted, all feeds. */
  registrationsAccepted = 0;
  /** Evidence that this block accepted: its epoch by slot. */
  readonly evidence = new Map<string, number>();
  readonly #credits: { readonly member: MemberIndex; readonly height: number }[] = [];
  /** Votes of the height before, and of those to which credits brought some. */
  readonly #votes = new Map<number, CountedVotes>();
  readonly #feeds = new Map<string, FeedDraft>();
  readonly #registered = new Set<PublicKey>();
  /** Windows that ended before this may close, once their grace is over. Only some blocks ask. */
  #closableBefore: UnixMs | null = null;
  #leader: PublicKey | null = null;
  #roster: Roster | null = null;
  #batchIds: readonly Hash[] = [];

  constructor(state: LedgerState, at: { readonly height: number; readonly time: UnixMs }) {
    this.state = state;
    this.height = at.height;
    this.time = at.time;
    this.#baseHash = state.stateHash;
  }

  /** @returns the feed under this block's changes; undefined when there is no such feed. */
  feed(id: string): FeedDraft | undefined {
    const draft = this.#feeds.get(id);
    if (draft !== undefined) return draft;
    const base = this.state.feeds.get(id);
    if (base === undefined) return undefined;
    const made = new FeedDraft(base);
    this.#feeds.set(id, made);
    return made;
  }

  /** @returns whether a window that ended at `end` closes in this block, or closed in an earlier one. */
  isClosable(end: UnixMs, graceMs: number): boolean {
    this.#closableBefore ??= closableBefore(this.state);
    return this.time > end + graceMs && end < this.#closableBefore;
  }

  /** Counts an accepted registration. */
  countRegistration(device: PublicKey): void {
    this.registrationsAccepted++;
    this.#registered.add(device);
  }

  /** @returns whether the device was registered for any feed, before this block or in it. */
  isRegisteredAnywhere(device: PublicKey): boolean {
    return this.state.deviceFeeds.has(device) || this.#registered.has(device);
  }

  /** @returns whose votes counted at an earlier height, under this block's credits. */
  votesOf(height: number): CountedVotes | undefined {
    return this.#votes.get(height) ?? this.state.votes.get(height);
  }

  /** Credits of the member that this block accepted. */
  creditCountOf(member: MemberIndex): number {
    return this.#credits.filter((credit) => credit.member === member).length;
  }

  /** Counts a vote that its certificate lacks. */
  credit(member: MemberIndex, height: number): void {
    const votes = this.votesOf(height);
    assert(votes !== undefined, 'credits are for heights whose votes are known');
    this.#votes.set(height, withVote(votes, member));
    this.#credits.push({ member, height });
  }

  /** Notes how the height before went, once all items are executed. */
  follow(turns: Turns): void {
    const { genesis, roster } = this.state;
    const next = nextRoster(roster, turns, quorumOf(genesis.members.length).faulty);
    this.#roster = withCredits(next, this.#credits);
    this.#votes.set(turns.height, { blockHash: turns.blockHash, members: turns.voters });
  }

  /** Notes who led the block and which batches it counts. */
  count(leader: PublicKey, batchIds: readonly Hash[]): void {
    this.#leader = leader;
    this.#batchIds = batchIds;
  }

  /** @returns all changes in one order: feeds by their ids, then the leader, batches, roster, evidence, votes. */
  writes(): StateWrite[] {
    const out: StateWrite[] = [];
    for (const draft of this.#feedsSorted()) draft.writes(out, writer.anew(), this.height);
    if (this.#leader !== null) out.push({ key: keyOf.leader(this.#leader), value: encodeCanonical(this.time) });
    if (this.#batchIds.length > 0) {
      out.push({ key: keyOf.batches(this.height), value: toBytes(countedBatchesCodec, { ids: this.#batchIds }) });
    }
    if (this.#roster !== null) out.push({ key: keyOf.roster(), value: toBytes(rosterCodec, this.#roster) });
    for (const [slot, epoch] of this.evidence) out.push({ key: keyOf.evidence(slot), value: encodeCanonical(epoch) });
    for (const slot of expiredEvidence(this.state, this.height)) out.push({ key: keyOf.evidence(slot), value: null });
    const forgotten = forgottenBatchesHeight(this.height);
    if (this.state.batchesOf.has(forgotten)) out.push({ key: keyOf.batches(forgotten), value: null });
    this.#votesWrites(out);
    return out;
  }

  /** Carries the changes into the state. Mutates it; every other draft over it is void from now on. */
  commit(stateHash: Hash): void {
    const { state, height } = this;
    assert(state.height === height - 1 && state.stateHash === this.#baseHash, 'a draft over this very state');
    for (const draft of this.#feedsSorted()) draft.commit(state, height);
    if (this.#leader !== null) state.leaders.set(this.#leader, this.time);
    if (this.#batchIds.length > 0) state.batchesOf.set(height, this.#batchIds);
    for (const id of this.#batchIds) state.counted.add(id);
    if (this.#roster !== null) state.roster = this.#roster;
    for (const slot of expiredEvidence(state, height)) state.evidence.delete(slot);
    for (const [slot, epoch] of this.evidence) state.evidence.set(slot, epoch);
    const forgotten = forgottenBatchesHeight(height);
    for (const id of state.batchesOf.get(forgotten) ?? []) state.counted.delete(id);
    state.batchesOf.delete(forgotten);
    for (const [of, votes] of this.#votes) state.votes.set(of, votes);
    state.votes.delete(forgottenVotesHeight(height));
    state.height = height;
    state.time = this.time;
    state.stateHash = stateHash;
  }

  #votesWrites(out: StateWrite[]): void {
    for (const [height, votes] of [...this.#votes].sort(([a], [b]) => a - b)) {
      out.push({ key: keyOf.votes(height), value: toBytes(countedVotesCodec, votes) });
    }
    const forgotten = forgottenVotesHeight(this.height);
    if (this.state.votes.has(forgotten)) out.push({ key: keyOf.votes(forgotten), value: null });
  }

  #feedsSorted(): FeedDraft[] {
    return [...this.#feeds.values()].sort((a, b) => compareText(a.base.feed.id, b.base.feed.id));
  }
}
