import { type Hash, toHash } from '@cairn/primitives';
import { type Checkpoint, decodeCheckpointNote } from '@cairn/protocol';
import { type TrustRoot, verifyCheckpoint, verifyConsistencyOf } from '@cairn/verify';
import { clientError, HistoryError, VerificationError } from './client-error.ts';
import type { HttpSource } from './http-source.ts';
import type { Verified } from './verified.ts';

/** A signed log root. */
export type VerifiedCheckpoint = Verified<Checkpoint & { readonly note: string }>;

/** Remembers the largest checkpoint and lets only logs pass that extend it, or are a part of it. */
export class CheckpointWatch {
  readonly #root: TrustRoot;
  readonly #source: HttpSource;
  #largest: VerifiedCheckpoint | undefined;

  constructor(root: TrustRoot, dependencies: { readonly source: HttpSource }) {
    this.#root = root;
    this.#source = dependencies.source;
  }

  /** @throws CLIENT_VERIFICATION_INVALID, CLIENT_HISTORY_INVALID, CLIENT_ANSWER_*, CLIENT_SERVER_* */
  async latest(signal: AbortSignal | undefined): Promise<VerifiedCheckpoint> {
    const note = noteOf(await this.#source.json('/v1/checkpoints/latest', { signal }));
    const report = verifyCheckpoint(note, this.#root);
    if (!report.verified) throw new VerificationError(report);
    const found = { ...decodeCheckpointNote(note).checkpoint, note } as VerifiedCheckpoint;
    if (this.#largest !== undefined) await this.#compare(this.#largest, found, signal);
    if (found.treeSize >= (this.#largest?.treeSize ?? 0)) this.#largest = found;
    return found;
  }

  async #compare(known: VerifiedCheckpoint, found: VerifiedCheckpoint, signal: AbortSignal | undefined): Promise<void> {
    const [first, second] = known.treeSize <= found.treeSize ? [known, found] : [found, known];
    const proof =
      first.treeSize === second.treeSize
        ? []
        : proofOf(await this.#source.json(`/v1/consistency?from=${first.treeSize}&to=${second.treeSize}`, { signal }));
    const report = verifyConsistencyOf({ first: first.note, second: second.note, proof }, this.#root);
    if (!report.verified) throw new HistoryError([first.note, second.note]);
  }
}

function noteOf(json: unknown): string {
  const note = (json as { data?: { note?: unknown } } | null | undefined)?.data?.note;
  if (typeof note !== 'string') throw clientError('CLIENT_ANSWER_MALFORMED', 'no checkpoint in the answer');
  return note;
}

function proofOf(json: unknown): readonly Hash[] {
  const proof = (json as { data?: { proof?: unknown } } | null | undefined)?.data?.proof;
  try {
    if (Array.isArray(proof) && proof.length <= 64) return proof.map((hash) => toHash(String(hash)));
  } catch {
    // falls through: a proof of anything but hashes is none
  }
  throw clientError('CLIENT_ANSWER_MALFORMED', 'no consistency proof in the answer');
}
