// Goal: agreement never waits for a long check. Method: a door and a signer that only write down what they are asked, and a
// queue of orders that arrive in between.
import { describe, expect, test } from 'vitest';
import type { CryptoOrder } from '../threads/thread-messages.ts';
import { CryptoLoop } from './crypto-loop.ts';
import type { Door } from './door.ts';

const frame = (id: number, source: 'batch' | 'direct'): CryptoOrder => ({
  kind: 'frame',
  id,
  source,
  from: 1,
  bytes: Uint8Array.of(id),
});

function harness() {
  const done: string[] = [];
  const arriving: CryptoOrder[] = [];
  /** What arrives while a batch is being checked. */
  const meanwhile = new Map<number, CryptoOrder[]>();
  const door = {
    admit: (source: string, _from: number, bytes: Uint8Array) => {
      const id = bytes[0] as number;
      if (source === 'batch') {
        arriving.push(...(meanwhile.get(id) ?? []));
        loop.serveUrgent();
      }
      done.push(`${source} ${id}`);
      return { verdict: 'accept', message: null, fault: null, order: null };
    },
    setTip: (height: number) => done.push(`tip ${height}`),
  } as unknown as Door;
  const loop: CryptoLoop = new CryptoLoop({
    door,
    signer: null,
    poll: () => arriving.shift(),
    toCore: () => {},
    toMain: () => {},
    clock: () => 0,
  });
  return { loop, done, arriving, meanwhile };
}

describe('the order of work', () => {
  test('agreement goes before batches that came earlier', () => {
    const { loop, done, arriving } = harness();
    arriving.push(frame(2, 'batch'), frame(3, 'direct'), { kind: 'tip', height: 9 });
    loop.run(frame(1, 'batch'));
    expect(done).toEqual(['direct 3', 'tip 9', 'batch 1', 'batch 2']);
  });

  test('agreement that arrives in the middle of a batch does not wait for its end', () => {
    const { loop, done, meanwhile } = harness();
    meanwhile.set(1, [frame(2, 'direct'), frame(3, 'batch')]);
    loop.run(frame(1, 'batch'));
    expect(done).toEqual(['direct 2', 'batch 1', 'batch 3']);
  });
});
