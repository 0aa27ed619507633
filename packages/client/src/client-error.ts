import { CairnError, type ErrorMeta } from '@cairn/primitives';
import { firstFailure, type VerificationReport } from '@cairn/verify';
import type { ClientErrorCode } from './errors.ts';

/** A document was refused; `report` says which checks failed. */
export class VerificationError extends CairnError<'CLIENT_VERIFICATION_INVALID'> {
  readonly report: VerificationReport;

  constructor(report: VerificationReport) {
    const failed = firstFailure(report);
    const meta = { check: failed?.name ?? 'document', code: failed?.code ?? 'unknown' };
    super(
      'CLIENT_VERIFICATION_INVALID',
      `the server's document does not verify: ${failed?.detail ?? 'unreadable'}`,
      meta,
    );
    this.report = report;
  }
}

/** Two signed checkpoints that cannot both be honest. */
export class HistoryError extends CairnError<'CLIENT_HISTORY_INVALID'> {
  /** The notes, word for word: proof for anyone who trusts the group key. */
  readonly notes: readonly [string, string];

  constructor(notes: readonly [string, string]) {
    super('CLIENT_HISTORY_INVALID', 'two signed checkpoints, and no proof that one log is a prefix of the other');
    this.notes = notes;
  }
}

/** @returns an error of this package, to be thrown. */
export function clientError(code: ClientErrorCode, message: string, meta: ErrorMeta = {}, cause?: unknown): CairnError {
  return new CairnError<ClientErrorCode>(code, message, meta, { cause });
}
