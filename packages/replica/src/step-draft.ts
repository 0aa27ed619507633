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

/** The step in the making: every part of the replica writes into it, and `finish` starts the next. */
export class StepDraft {
  #journal: JournalEntry[] = [];
  #answers: IntakeAnswer[] = [];
  #send: Outbound[] = [];
  /** The last command for a timer counts. */
  #timers = new Map<TimerName, TimerCommand>();
  #work: WorkRequest[] = [];
  #commits: Commit[] = [];
  #events: ReplicaEvent[] = [];

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

  /** @returns what was drafted, in the order in which a host carries it out. */
  finish(): Step {
    const step = {
      journal: this.#journal,
      answers: this.#answers,
      send: this.#send,
      timers: [...this.#timers.values()],
      work: this.#work,
      commits: this.#commits,
      events: this.#events,
    };
    this.#journal = [];
    this.#answers = [];
    this.#send = [];
    this.#timers = new Map();
    this.#work = [];
    this.#commits = [];
    this.#events = [];
    return step;
  }
}
