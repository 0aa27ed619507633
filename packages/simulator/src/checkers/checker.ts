import type { SignerResult } from '@cairn/consensus';
import type { MemberIndex } from '@cairn/primitives';
import type { AgreementMessage, CertifiedBlock } from '@cairn/protocol';
import type { JournalEntry, WorkRequest } from '@cairn/replica';

/** Watches a run and throws a Violation. Only `onCertified` hears of what Byzantine members do. */
export interface Checker {
  readonly name: string;
  /** An honest member's message, as it leaves. */
  onSealed?(member: MemberIndex, message: AgreementMessage, to: readonly MemberIndex[]): void;
  /** An honest member's journal entries, once they are durable. */
  onDurable?(member: MemberIndex, entries: readonly JournalEntry[]): void;
  /** What an honest member's signer made. */
  onSigned?(member: MemberIndex, request: WorkRequest, result: SignerResult): void;
  /** A certified block that anyone made, whether or not it reached anybody. */
  onCertified?(certified: CertifiedBlock): void;
  afterEvent?(): void;
  /** When the network has healed and the run is over. */
  atEnd?(): void;
}
