import type { ForkRule } from '@cairn/consensus';
import { quorumOf } from '@cairn/primitives';

/** What is explored: so many members, f of them Byzantine, views 0 .. viewCount - 1 of one height, two blocks. */
export interface ModelSize {
  readonly memberCount: number;
  readonly viewCount: number;
  readonly without?: ReadonlySet<ForkRule>;
}

/**
 * Section 5 of protocol.md, one height, as a transition system over what honest members have said and written. Messages
 * are never lost and never consumed: any honest member may act on any set of them at any time, or never, which covers
 * every delay, loss, duplication, order and crash (a restarted member is one that has not acted). Leaders are not
 * modelled: every proposal that voters' rules allow may be made, as if every leader were Byzantine. The f Byzantine
 * members add their vote, share or TimeoutVote to anything, and name any certificate that exists, or none.
 *
 * One honest member is a row of bytes: view, timed-out view + 1, high, then per view: prepared, timeout vote, signed.
 * Blocks are 1 and 2. A certificate (view, block) is the number 1 + 2 view + (block - 1), so later views are greater; 0 is none.
 */
export class AgreementModel {
  readonly honestCount: number;
  /** Honest members without whom no quorum comes together. */
  readonly honestNeeded: number;
  readonly viewCount: number;
  readonly #without: ReadonlySet<ForkRule>;
  readonly #rowLength: number;

  constructor(size: ModelSize) {
    const { faulty, certified, members } = quorumOf(size.memberCount);
    this.honestCount = members - faulty;
    this.honestNeeded = certified - faulty;
    this.viewCount = size.viewCount;
    this.#without = size.without ?? new Set();
    this.#rowLength = 3 + 3 * size.viewCount;
  }

  get start(): Uint8Array {
    return new Uint8Array(this.honestCount * this.#rowLength);
  }

  /** Every state that one action of one honest member leads to, with the action in words. */
  *next(state: Uint8Array): Generator<{ readonly action: string; readonly state: Uint8Array }> {
    const certificates = this.certificates(state);
    for (let member = 0; member < this.honestCount; member++) {
      const row = member * this.#rowLength;
      for (let view = state[row] as number; view < this.viewCount; view++) {
        yield* this.#prepare(state, { member, view, certificates });
        yield* this.#sign(state, { member, view, certificates });
        yield* this.#timeOut(state, { member, view });
      }
    }
  }

  /** Blocks that the group may have signed: enough honest shares, and where they must be of one view, in one view. */
  signedBlocks(state: Uint8Array): ReadonlySet<number> {
    const blocks = new Set<number>();
    const isAnyView = this.#without.has('nonce-of-its-view');
    for (const block of [1, 2]) {
      const signers = new Set<number>();
      for (let view = 0; view < this.viewCount; view++) {
        if (!isAnyView) signers.clear();
        for (let member = 0; member < this.honestCount; member++) {
          if (((state[this.#signedAt(member, view)] as number) & block) !== 0) signers.add(member);
        }
        if (signers.size >= this.honestNeeded) blocks.add(block);
      }
    }
    return blocks;
  }

  /** Prepare certificates that honest votes and the Byzantine ones make. */
  certificates(state: Uint8Array): ReadonlySet<number> {
    const found = new Set<number>();
    const isAnyView = this.#without.has('signed-position');
    for (const block of [1, 2]) {
      const voters = new Set<number>();
      for (let view = 0; view < this.viewCount; view++) {
        if (!isAnyView) voters.clear();
        for (let member = 0; member < this.honestCount; member++) {
          if (state[this.#preparedAt(member, view)] === block) voters.add(member);
        }
        if (voters.size >= this.honestNeeded) found.add(certificateOf(view, block));
      }
    }
    return found;
  }

  /** The same state for all that matters: honest members are alike, and so are the two blocks. */
  canonical(state: Uint8Array): string {
    const plain = this.#sorted(state);
    const swapped = this.#sorted(this.#swapped(state));
    return [plain, swapped].sort()[0] as string;
  }

  *#prepare(
    state: Uint8Array,
    { member, view, certificates }: { member: number; view: number; certificates: ReadonlySet<number> },
  ): Generator<{ readonly action: string; readonly state: Uint8Array }> {
    const row = member * this.#rowLength;
    // Its view is above every view in which it prepared: within one view it prepares once.
    if (state[this.#preparedAt(member, view)] !== 0 || this.#hasTimedOut(state, member, view)) return;
    for (const block of this.#justified(state, view, certificates)) {
      const after = state.slice();
      after[row] = view;
      after[this.#preparedAt(member, view)] = block;
      yield { action: `${member} prepares ${block} in view ${view}`, state: after };
    }
  }

  *#sign(
    state: Uint8Array,
    { member, view, certificates }: { member: number; view: number; certificates: ReadonlySet<number> },
  ): Generator<{ readonly action: string; readonly state: Uint8Array }> {
    if (this.#hasTimedOut(state, member, view)) return;
    for (const block of [1, 2]) {
      const certificate = certificateOf(view, block);
      const at = this.#signedAt(member, view);
      if (!certificates.has(certificate) || ((state[at] as number) & block) !== 0) continue;
      const row = member * this.#rowLength;
      const after = state.slice();
      after[row] = view;
      after[row + 2] = Math.max(after[row + 2] as number, certificate);
      after[at] = (after[at] as number) | block;
      yield { action: `${member} signs ${block} in view ${view}`, state: after };
    }
  }

  /** Of its view, or of a later one that it enters by a timeout certificate: entering alone only forbids. */
  *#timeOut(
    state: Uint8Array,
    { member, view }: { member: number; view: number },
  ): Generator<{ readonly action: string; readonly state: Uint8Array }> {
    const row = member * this.#rowLength;
    const isThere = state[row] === view || this.#timeoutVoters(state, view - 1).length >= this.honestNeeded;
    if (!isThere || (state[row + 1] as number) > view) return;
    const after = state.slice();
    after[row] = view;
    after[row + 1] = view + 1;
    // A TimeoutVote names the highCertificate of its moment, for ever; 1 stands for none.
    after[this.#timeoutAt(member, view)] = (state[row + 2] as number) + 1;
    yield { action: `${member} times out in view ${view}`, state: after };
  }

  /** Blocks that a proposal of this view may carry for some timeout certificate that can be shown with it. */
  #justified(state: Uint8Array, view: number, certificates: ReadonlySet<number>): ReadonlySet<number> {
    const both = new Set([1, 2]);
    if (view === 0) return both;
    const blocks = new Set<number>();
    const earliest = this.#without.has('exact-timeout-certificate') ? 0 : view - 1;
    for (let shown = earliest; shown < view; shown++) {
      for (const high of this.#highsOf(state, shown, certificates)) {
        if (high === 0 || this.#without.has('highest-certificate')) return both;
        blocks.add(blockOf(high));
      }
    }
    return blocks;
  }

  /** The highest certificate of each timeout certificate of `view` that can be made: the Byzantine pick the votes. */
  #highsOf(state: Uint8Array, view: number, certificates: ReadonlySet<number>): ReadonlySet<number> {
    const votes = this.#timeoutVoters(state, view).sort((a, b) => a - b);
    const highs = new Set<number>();
    // Of every set of `honestNeeded` votes the highest counts: all but the lowest ones come up.
    for (const high of votes.slice(this.honestNeeded - 1)) {
      highs.add(high);
      // A Byzantine vote may name a higher one, if it exists and is not of a later view.
      for (const named of certificates) if (named > high && viewOf(named) <= view) highs.add(named);
    }
    return highs;
  }

  /** What the TimeoutVotes that count for `view` name, one for each honest voter. */
  #timeoutVoters(state: Uint8Array, view: number): number[] {
    const named: number[] = [];
    for (let member = 0; member < this.honestCount; member++) {
      const vote = this.#timeoutNamed(state, member, view);
      if (vote > 0) named.push(vote - 1);
    }
    return named;
  }

  #timeoutNamed(state: Uint8Array, member: number, view: number): number {
    if (!this.#without.has('signed-position')) return state[this.#timeoutAt(member, view)] as number;
    // Without it a vote of any view passes for one of this: the adversary shows the lowest.
    let lowest = 0;
    for (let any = 0; any < this.viewCount; any++) {
      const vote = state[this.#timeoutAt(member, any)] as number;
      if (vote > 0 && (lowest === 0 || vote < lowest)) lowest = vote;
    }
    return lowest;
  }

  #hasTimedOut(state: Uint8Array, member: number, view: number): boolean {
    if (this.#without.has('never-after-timeout')) return false;
    return (state[member * this.#rowLength + 1] as number) > view;
  }

  #preparedAt(member: number, view: number): number {
    return member * this.#rowLength + 3 + view;
  }

  #timeoutAt(member: number, view: number): number {
    return member * this.#rowLength + 3 + this.viewCount + view;
  }

  #signedAt(member: number, view: number): number {
    return member * this.#rowLength + 3 + 2 * this.viewCount + view;
  }

  #sorted(state: Uint8Array): string {
    const rows: string[] = [];
    for (let at = 0; at < state.length; at += this.#rowLength) {
      rows.push(String.fromCharCode(...state.subarray(at, at + this.#rowLength)));
    }
    return rows.sort().join('');
  }

  #swapped(state: Uint8Array): Uint8Array {
    const out = state.slice();
    for (let member = 0; member < this.honestCount; member++) {
      const row = member * this.#rowLength;
      out[row + 2] = swapCertificate(out[row + 2] as number);
      for (let view = 0; view < this.viewCount; view++) {
        const prepared = this.#preparedAt(member, view);
        const timeout = this.#timeoutAt(member, view);
        const signed = this.#signedAt(member, view);
        out[prepared] = SWAPPED[out[prepared] as number] as number;
        out[signed] = SWAPPED[out[signed] as number] as number;
        const vote = out[timeout] as number;
        out[timeout] = vote === 0 ? 0 : swapCertificate(vote - 1) + 1;
      }
    }
    return out;
  }
}

/** Of a block, or of a set of blocks as bits. */
const SWAPPED = [0, 2, 1, 3] as const;

function certificateOf(view: number, block: number): number {
  return 1 + 2 * view + (block - 1);
}

function viewOf(certificate: number): number {
  return (certificate - 1) >> 1;
}

function blockOf(certificate: number): number {
  return ((certificate - 1) & 1) + 1;
}

function swapCertificate(certificate: number): number {
  return certificate === 0 ? 0 : certificateOf(viewOf(certificate), 3 - blockOf(certificate));
}
