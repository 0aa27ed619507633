// Goal: whoever is live leaves soon, whatever is lost on the way; whoever is not is waited for. Method: members on fake
// time whose questions or answers are lost by a rule.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Parting } from './parting.ts';

const WAIT_MS = 120_000;
const ALL = [0, 1, 2, 3];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** `losesAnswer` says of which question, counted over all, the answer is lost; the question itself has arrived. */
class Room {
  readonly here = new Set(ALL);
  readonly live: Set<number>;
  readonly #partings: readonly Parting[];
  #questions = 0;

  constructor(live: readonly number[], losesAnswer: (question: number) => boolean) {
    this.live = new Set(live);
    this.#partings = ALL.map((self) => {
      const tell = async (to: number) => {
        const question = this.#questions++;
        if (!this.here.has(to)) throw new Error('not here');
        this.#partings[to]?.noteLive(self);
        if (losesAnswer(question)) throw new Error('lost');
        return this.live.has(to);
      };
      const others = ALL.filter((member) => member !== self);
      return new Parting({ others, tell, isConnected: (member) => this.here.has(member) });
    });
  }

  /** @returns after how many milliseconds it left. */
  async leave(member: number, signal = new AbortController().signal): Promise<number> {
    const start = performance.now();
    await (this.#partings[member] as Parting).finish({ waitMs: WAIT_MS, signal });
    this.here.delete(member);
    return performance.now() - start;
  }

  missing(member: number): readonly number[] {
    return (this.#partings[member] as Parting).missing;
  }
}

async function times(leaving: readonly Promise<number>[]): Promise<readonly number[]> {
  await vi.advanceTimersByTimeAsync(2 * WAIT_MS);
  return Promise.all(leaving);
}

describe('members part', () => {
  test.each([
    ['nothing is lost', () => false],
    ['every second answer is lost', (question: number) => question % 2 === 1],
    ['the first twenty answers are lost', (question: number) => question < 20],
  ])('soon, when %s', async (_, loses) => {
    const room = new Room(ALL, loses);
    for (const ms of await times(ALL.map((member) => room.leave(member)))) expect(ms).toBeLessThan(10_000);
  });

  test('soon, when one left at once and its last word did not arrive', async () => {
    const room = new Room(ALL, () => true);
    // Everyone has heard of everyone, and no answer ever arrives: who is gone is not waited for.
    const left = ALL.slice(1).map((member) => room.leave(member));
    await vi.advanceTimersByTimeAsync(500);
    void room.leave(0);
    await vi.advanceTimersByTimeAsync(500);
    room.here.clear();
    for (const ms of await times(left)) expect(ms).toBeLessThan(10_000);
  });

  test('not before one that is not live, and then with its name', async () => {
    const room = new Room([0, 1, 2], () => false);
    const left = [0, 1, 2].map((member) => room.leave(member));
    await vi.advanceTimersByTimeAsync(30_000);
    expect([...room.here]).toEqual(ALL);
    expect(room.missing(0)).toEqual([3]);
    room.live.add(3);
    for (const ms of await times(left)) expect(ms).toBeLessThan(31_000);
  });

  test('after the longest wait from one that is dead, and at once by hand', async () => {
    const room = new Room([0, 1, 2], () => false);
    room.here.delete(3);
    const stop = new AbortController();
    const byHand = room.leave(0, stop.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort();
    const [stopped, ...waited] = await times([byHand, room.leave(1), room.leave(2)]);
    expect(stopped).toBeLessThan(2_000);
    for (const ms of waited) expect(ms).toBeGreaterThanOrEqual(WAIT_MS);
  });
});
