import type { SignerRequest } from '@cairn/consensus';
import type { Commit, IntakeAnswer, JournalEntry, ReplicaEvent, TimerCommand, TimerName } from '@cairn/replica';
import type { Sending } from '../threads/thread-messages.ts';

/** What the steps of one turn asked for, in the order in which they asked. */
export class Turn {
  readonly journal: JournalEntry[] = [];
  readonly answers: IntakeAnswer[] = [];
  readonly sendings: Sending[] = [];
  /** The last command for a timer counts. */
  readonly timers = new Map<TimerName, TimerCommand>();
  readonly work: SignerRequest[] = [];
  readonly commits: Commit[] = [];
  readonly events: ReplicaEvent[] = [];
  readonly packed: { readonly items: number; readonly bytes: number }[] = [];
  inputs = 0;
  stepSeconds = 0;
}
