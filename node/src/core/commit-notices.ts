import { BoundedMap, type Hash, type UnixMs } from '@cairn/primitives';
import type { FeedResult, ReceiptCode } from '@cairn/protocol';
import { type Commit, creditsOfCommit, type IntakeAnswer } from '@cairn/replica';
import type { CommitNotice } from '../threads/thread-messages.ts';

/** As many items as a member keeps of its own intake. */
const ACKNOWLEDGED_MAX = 65_536;
const LATENCIES_MAX = 1024;

/** Sums up certified blocks for the main thread, which needs no more than numbers. */
export class CommitNotices {
  readonly #now: () => UnixMs;
  readonly #acknowledgedAt = new BoundedMap<Hash, UnixMs>(ACKNOWLEDGED_MAX);

  constructor(dependencies: { readonly now: () => UnixMs }) {
    this.#now = dependencies.now;
  }

  /** Remembers when own items were acknowledged. */
  acknowledged(answers: readonly IntakeAnswer[]): void {
    if (answers.length === 0) return;
    const atMs = this.#now();
    for (const { verdicts } of answers) {
      for (const { id, code } of verdicts) {
        if (code === null && !this.#acknowledgedAt.has(id)) this.#acknowledgedAt.set(id, atMs);
      }
    }
  }

  of(commit: Commit): CommitNotice {
    const { header } = commit.certified.block;
    return {
      height: commit.height,
      view: commit.certified.certificate.view,
      epoch: header.epoch,
      time: header.time,
      leader: header.leader,
      voters: commit.certified.certificate.votes.map(({ member }) => member),
      credited: creditsOfCommit(commit).map(({ member }) => member),
      reports: commit.acceptedReports.length,
      items: commit.receipts.length,
      batchBytes: commit.batches.reduce((sum, { bytes }) => sum + bytes.length, 0),
      receipts: countCodes(commit),
      results: commit.results.map((result) => ({ feed: result.feed, outcome: outcomeOf(result) })),
      latenciesMs: this.#latencies(commit),
    };
  }

  #latencies(commit: Commit): readonly number[] {
    const atMs = this.#now();
    const latencies: number[] = [];
    for (const { id } of commit.receipts) {
      const acknowledgedAt = this.#acknowledgedAt.get(id);
      if (acknowledgedAt === undefined) continue;
      this.#acknowledgedAt.delete(id);
      if (latencies.length < LATENCIES_MAX) latencies.push(Math.max(0, atMs - acknowledgedAt));
    }
    return latencies;
  }
}

function countCodes(commit: Commit): Partial<Record<ReceiptCode, number>> {
  const counts: Partial<Record<ReceiptCode, number>> = {};
  for (const { code } of commit.receipts) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function outcomeOf(result: FeedResult): CommitNotice['results'][number]['outcome'] {
  if (result.status === 'too-few-devices') return 'too_few_devices';
  const isWhole = result.channels.every(({ aggregates }) => aggregates.every(({ code }) => code === 'ok'));
  return isWhole ? 'value' : 'out_of_range';
}
