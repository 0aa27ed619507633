import type { TimerCommand, TimerName } from '@cairn/replica';

/** The longest that Node's timers take; windows may be due later than that. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Real timers, one per name. */
export class CoreTimers {
  readonly #fire: (timer: TimerName) => void;
  readonly #running = new Map<TimerName, NodeJS.Timeout>();

  constructor(dependencies: { readonly fire: (timer: TimerName) => void }) {
    this.#fire = dependencies.fire;
  }

  apply(command: TimerCommand): void {
    clearTimeout(this.#running.get(command.timer));
    this.#running.delete(command.timer);
    if (command.kind === 'cancel') return;
    const { timer, delayMs } = command;
    const timeout = setTimeout(
      () => {
        this.#running.delete(timer);
        this.#fire(timer);
      },
      Math.min(delayMs, DELAY_MS_MAX),
    );
    this.#running.set(timer, timeout);
  }

  stop(): void {
    for (const timeout of this.#running.values()) clearTimeout(timeout);
    this.#running.clear();
  }
}
