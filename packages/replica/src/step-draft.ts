import type {
  Commit,
  IntakeAnswer,
  JournalEntry,
  Outbound,
  ReplicaEvent,
  Step,
  TimerCommand,
  TimerName,
  WorkRequest,
} from './step.ts';

/** A step in the making. */
export class StepDraft {
  readonly #journal: JournalEntry[] = [];
  readonly #answers: IntakeAnswer[] = [];
  readonly #send: Outbound[] = [];
  /** The last command for a timer counts. */
  readonly #timers = new Map<TimerName, TimerCommand>();
  readonly #work: WorkRequest[] = [];
  readonly #commits: Commit[] = [];
  readonly #events: ReplicaEvent[] = [];

  journal(entry: JournalEntry): void {
    this.#journal.push(entry);
  }

  answer(answer: IntakeAnswer): void {
    this.#answers.push(answer);
  }

  send(outbound: Outbound): void {
    this.#send.push(outbound);
  }

  setTimer(timer: TimerName, delayMs: number): void {
    this.#timers.set(timer, { kind: 'set', timer, delayMs: Math.max(0, Math.ceil(delayMs)) });
  }

  cancelTimer(timer: TimerName): void {
    this.#timers.set(timer, { kind: 'cancel', timer });
  }

  work(request: WorkRequest): void {
    this.#work.push(request);
  }

  commit(commit: Commit): void {
    this.#commits.push(commit);
  }

  event(event: ReplicaEvent): void {
    this.#events.push(event);
  }

  finish(): Step {
    return {
      journal: this.#journal,
      answers: this.#answers,
      send: this.#send,
      timers: [...this.#timers.values()],
      work: this.#work,
      commits: this.#commits,
      events: this.#events,
    };
  }
}
