import { attestationToJson } from '@cairn/protocol';
import { networkFixture } from '@cairn/verify/fixture';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, type ServerEvent } from './event-parser.ts';
import { CairnClient, type VerifiedRound } from './index.ts';

const network = networkFixture();
const trust = { networkId: network.networkId, groupKey: network.groupKey };
const eventOf = (height: number, id = `${height}-0`) =>
  `event: round\nid: ${id}\ndata: ${JSON.stringify({ data: attestationToJson(network.attestation({ height, index: 0 })) })}\n\n`;

/** Answers each connection with the next script of bytes; records how it was asked. */
function scripted(scripts: readonly (readonly string[])[]) {
  const asked: (string | null)[] = [];
  const sleeps: number[] = [];
  const answer: typeof fetch = async (_, init) => {
    const headers = new Headers(init?.headers);
    asked.push(headers.get('last-event-id'));
    const script = scripts[asked.length - 1];
    if (script === undefined) return new Response(null, { status: 503 });
    const parts = script.map((part) => new TextEncoder().encode(part));
    return new Response(
      new ReadableStream({
        pull: (to) => {
          const part = parts.shift();
          if (part) to.enqueue(part);
          else to.close();
        },
      }),
    );
  };
  const sleep = async (ms: number, signal: AbortSignal) => {
    // The watch for silence sleeps too: it never fires here.
    if (ms === 60_000) return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    sleeps.push(ms);
  };
  return { asked, sleeps, platform: { fetch: answer, sleep } };
}

async function take(
  client: CairnClient,
  count: number,
  series = [{ feed: 'air' }],
  ids: string[] = [],
): Promise<VerifiedRound[]> {
  const stop = new AbortController();
  const rounds: VerifiedRound[] = [];
  for await (const round of client.updates({ series, signal: stop.signal, onEventId: (id) => ids.push(id) })) {
    rounds.push(round);
    if (rounds.length >= count) stop.abort();
  }
  return rounds;
}

describe('updates', () => {
  it('reconnect with the last id, after pauses that double until something comes', async () => {
    const world = scripted([[eventOf(1), eventOf(2)], [], ['retry: 5\n\n'], [eventOf(3)], [eventOf(4)]]);
    const ids: string[] = [];
    const rounds = await take(
      new CairnClient({ baseUrl: 'http://a', trust, retryMsMin: 100, retryMsMax: 300 }, world.platform),
      4,
      undefined,
      ids,
    );
    expect(rounds.map(({ height }) => height)).toEqual([1, 2, 3, 4]);
    expect(world.asked).toEqual([null, '2-0', '2-0', '2-0', '3-0']);
    expect(world.sleeps.slice(0, 4)).toEqual([100, 200, 300, 100]);
    expect(ids).toEqual(['1-0', '2-0', '3-0', '4-0']);
  });

  it.each([
    ['that does not verify', eventOf(1).replace('"value":87', '"value":88'), 'CLIENT_VERIFICATION_INVALID'],
    ['that is no JSON', 'event: round\ndata: {\n\n', 'CLIENT_ANSWER_MALFORMED'],
    ['of another feed', eventOf(1), 'CLIENT_ANSWER_MISMATCH'],
    ['that never ends', `data: ${'x'.repeat(300_000)}`, 'CLIENT_ANSWER_EXCEEDED'],
    ['of endless lines', `${'data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'.repeat(8000)}`, 'CLIENT_ANSWER_EXCEEDED'],
  ])('end at an event %s', async (_, text, code) => {
    const world = scripted([[text]]);
    const series = [{ feed: code === 'CLIENT_ANSWER_MISMATCH' ? 'noise' : 'air' }];
    await expect(
      take(new CairnClient({ baseUrl: 'http://a', trust }, world.platform), 1, series),
    ).rejects.toMatchObject({ code });
  });

  it('end when the server refuses for good', async () => {
    const platform = {
      ...scripted([]).platform,
      fetch: async () => Response.json({ code: 'HTTP_FEED_UNKNOWN' }, { status: 404 }),
    };
    const asked = take(new CairnClient({ baseUrl: 'http://a', trust }, platform), 1);
    await expect(asked).rejects.toMatchObject({ code: 'CLIENT_SERVER_INVALID', meta: { status: 404 } });
  });

  it('are opened again when nothing is heard', async () => {
    let connections = 0;
    const fetchSilent: typeof fetch = async (_, init) => {
      if (++connections === 3) return new Response(eventOf(7));
      return new Response(
        new ReadableStream({
          start: (to) => init?.signal?.addEventListener('abort', () => to.error(init.signal?.reason)),
        }),
      );
    };
    const sleep = async (ms: number) => void (ms === 5 && (await new Promise(setImmediate)));
    const client = new CairnClient({ baseUrl: 'http://a', trust, streamIdleMs: 5 }, { fetch: fetchSilent, sleep });
    expect((await take(client, 1))[0]?.height).toBe(7);
    expect(connections).toBe(3);
  });
});

describe('taking events apart', () => {
  const all =
    'retry: 7\n\n: still here\n\nevent: round\nid: 1-2\ndata: a\ndata: b\n\nid\ndata\n\ndata:x\r\n\r\nevent: other\r\rdata: \u00e9\u{1f600}\rid: 9\n\nevent: half\ndata: no';
  const expected: ServerEvent[] = [
    { event: 'round', data: 'a\nb', id: '1-2' },
    { event: 'message', data: '', id: '' },
    { event: 'message', data: 'x', id: '' },
    { event: 'message', data: '\u00e9\u{1f600}', id: '9' },
  ];

  it('gives the same events wherever the bytes are cut', () => {
    const bytes = new TextEncoder().encode(all);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const parser = new EventParser({ lengthMax: 1000 });
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const events = edges.slice(1).flatMap((end, i) => parser.push(bytes.subarray(edges[i], end)));
        expect(events).toEqual(expected);
        expect(parser.retryMs).toBe(7);
      }),
      { numRuns: 500 },
    );
  });
});
