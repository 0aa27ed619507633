import type { Network } from '@cairn/network';
import { toHash } from '@cairn/primitives';
import { encodeSyncFrame } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { Fetcher } from './fetcher.ts';

const MEMBERS = Array.from({ length: 20 }, (_, member) => member);
const fetch = (digit: string) => ({ kind: 'fetch-batches', from: MEMBERS, ids: [toHash(digit.repeat(64))] }) as const;

/** Only `holder` has what is asked for. */
function fetcherWith(holder: number | null) {
  const asked: number[] = [];
  let ended = Promise.withResolvers<string>();
  const fetcher = new Fetcher({
    request: async function* (member: number) {
      asked.push(member);
      if (member === holder) yield encodeSyncFrame('batch', new Uint8Array(1));
    } as unknown as Network['request'],
    submit: async () => 'accept',
    onOutcome: (_, outcome) => ended.resolve(outcome),
  });
  /** @returns the members that were asked, and what came of it. */
  const run = async (digit = 'a') => {
    ended = Promise.withResolvers();
    asked.length = 0;
    fetcher.start(fetch(digit));
    const outcome = await ended.promise;
    // it is no longer under way when the promise's last step is done
    await new Promise<void>((resolve) => setImmediate(resolve));
    return { outcome, asked: [...asked] };
  };
  return { fetcher, run };
}

describe('fetching', () => {
  it('asks members in their order, until one has it', async () => {
    expect(await fetcherWith(2).run()).toEqual({ outcome: 'found', asked: [0, 1, 2] });
  });

  it('what the first eight do not have is asked of the next ones the next time', async () => {
    const { run } = fetcherWith(18);
    expect(await run()).toEqual({ outcome: 'missing', asked: MEMBERS.slice(0, 8) });
    expect(await run('b'), 'another thing begins at its first').toMatchObject({ asked: MEMBERS.slice(0, 8) });
    expect(await run()).toEqual({ outcome: 'missing', asked: MEMBERS.slice(8, 16) });
    expect(await run()).toEqual({ outcome: 'found', asked: [16, 17, 18] });
    expect(await run(), 'found: the order is that of the replica again').toMatchObject({ asked: MEMBERS.slice(0, 8) });
  });

  it('goes round when nobody has it', async () => {
    const { run } = fetcherWith(null);
    await run();
    await run();
    expect((await run()).asked).toEqual([16, 17, 18, 19, 0, 1, 2, 3]);
  });
});
