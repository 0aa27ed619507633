import { aggregateText, CairnClient, type Platform } from '@cairn/client';
import { createAttestationServer } from '@cairn/http';
import { FakeArchive } from '@cairn/http/testing';
import { encodeGenesis } from '@cairn/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { allOf, GROUP, network, other, reportIdOf, round, ServedNetwork, trust } from './served-network.ts';

let served: ServedNetwork;
beforeAll(async () => {
  served = await ServedNetwork.start();
});
afterAll(() => served.stop());
const clientOf = (...parts: Parameters<ServedNetwork['client']>) => served.client(...parts);

describe('a client that trusts a network id alone', () => {
  it('fetches the genesis document and takes it by its hash', async () => {
    const client = clientOf();
    expect(await client.root()).toMatchObject({ networkId: network.networkId, groupKey: network.groupKey });
    expect(encodeGenesis(await client.genesis())).toEqual(network.genesisBytes);
    expect((await client.feeds())[0]).toMatchObject({ id: 'air', channels: [{ name: 'pm25', unit: 'ug/m3' }] });
  });

  it('refuses the genesis document of another network', async () => {
    const client = clientOf({ trust: { networkId: other.networkId } });
    await expect(client.latest({ feed: 'air' })).rejects.toMatchObject({ code: 'VERIFY_TRUST_MISMATCH' });
  });
});

describe('rounds', () => {
  it('latest, by window, by time: verified, with exact values', async () => {
    const client = clientOf();
    const latest = await client.latest({ feed: 'air' });
    expect(latest).toMatchObject({ height: 9, isAnchored: true, report: { verified: true } });
    expect(aggregateText(latest, { channel: 'pm25', aggregate: 'median' })).toBe('8.7');
    expect(aggregateText(latest, { channel: 'pm25', aggregate: 'sum' })).toBe('115292150460684697.6');
    expect(aggregateText(latest, { channel: 'pm25', aggregate: 'mean' })).toBeUndefined();
    expect(aggregateText(latest, { channel: 'none', aggregate: 'median' })).toBeUndefined();
    const { windowStart } = latest.result;
    expect((await client.round({ feed: 'air', windowStart })).result).toEqual(latest.result);
    expect((await client.roundAt({ feed: 'air', at: windowStart + 59_999 })).result).toEqual(latest.result);
    expect((await client.latest({ feed: 'air', group: GROUP })).result.group).toBe(GROUP);
  });

  it('history comes newest first, each round with its own proof, within its bounds', async () => {
    const client = clientOf();
    const all = await allOf(client.history({ feed: 'air' }));
    expect(all).toHaveLength(18);
    const starts = all.map(({ result }) => result.windowStart);
    expect(starts).toEqual([...starts].sort((a, b) => b - a));
    const some = await allOf(
      client.history({ feed: 'air', from: starts[9] as number, to: starts[2] as number, limit: 5 }),
    );
    expect(some.map(({ result }) => result.windowStart)).toEqual(starts.slice(3, 8));
  });

  it('next waits for a round that is certified later', async () => {
    const waiting = Promise.withResolvers<void>();
    let polls = 0;
    const client = clientOf(
      { pollMs: 1000 },
      {
        fetch: (input, init) => {
          if (String(input).includes('/next') && ++polls === 2) waiting.resolve();
          return fetch(input, init);
        },
      },
    );
    const { result } = await client.latest({ feed: 'air' });
    const next = client.next({ feed: 'air' });
    const late = client.next({ feed: 'air', after: result.windowStart });
    await waiting.promise;
    served.archive.certify(round(10, 0), round(10, 1), round(10, 2));
    for (const each of [await next, await late]) expect(each.result.windowStart).toBeGreaterThan(result.windowStart);
  });

  it('next asks again when nothing came in time, and ends with its signal', async () => {
    let polls = 0;
    const stop = new AbortController();
    const client = clientOf(
      { pollMs: 1 },
      {
        fetch: async (input, init) => {
          if (String(input).includes('/next')) {
            if (++polls === 3) stop.abort();
            return new Response(null, { status: 204 });
          }
          return fetch(input, init);
        },
      },
    );
    await expect(client.next({ feed: 'air' }, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(polls).toBe(3);
  });

  it('maxAgeMs refuses what is old, by the clock that was passed', async () => {
    const { time, result } = await clientOf().latest({ feed: 'air' });
    const nowMs = () => Math.max(time, result.windowEnd) + 1000;
    const age = nowMs() - Math.min(time, result.windowEnd);
    const client = clientOf({}, { nowMs });
    await client.latest({ feed: 'air' }, { maxAgeMs: age });
    await expect(client.latest({ feed: 'air' }, { maxAgeMs: age - 1 })).rejects.toMatchObject({
      code: 'CLIENT_VERIFICATION_INVALID',
      meta: { check: 'freshness', code: 'VERIFY_FRESHNESS_EXCEEDED' },
    });
    await expect(clientOf().latest({ feed: 'air' }, { maxAgeMs: 1 })).rejects.toMatchObject({
      code: 'CLIENT_OPTIONS_INVALID',
    });
  });
});

describe('reports', () => {
  it('gives the proof that a report was accepted', async () => {
    const attestation = network.attestation({ kind: 'report', height: 4, index: 2 });
    const id = reportIdOf(attestation);
    expect(await clientOf().report(id)).toMatchObject({ height: 4, device: { id, feed: 'air', values: [89, -5, 0] } });
  });

  it('refuses the proof of another report, and passes on why there is none', async () => {
    const [mine, theirs] = [0, 1].map((index) => reportIdOf(network.attestation({ kind: 'report', height: 4, index })));
    const swapping: Partial<Platform> = {
      fetch: (input, init) => fetch(String(input).replace(mine as string, theirs as string), init),
    };
    await expect(clientOf({}, swapping).report(mine as string)).rejects.toMatchObject({
      code: 'CLIENT_ANSWER_MISMATCH',
    });
    await expect(clientOf().report('00'.repeat(32))).rejects.toMatchObject({
      code: 'CLIENT_SERVER_INVALID',
      meta: { status: 404, code: 'HTTP_REPORT_UNKNOWN' },
    });
  });
});

describe('options', () => {
  it.each(['nowhere', 'ftp://a', ''])('refuses the address %j', (bad) => {
    expect(() => new CairnClient({ baseUrl: bad, trust })).toThrow(
      expect.objectContaining({ code: 'CLIENT_OPTIONS_INVALID' }),
    );
  });

  it('says when a server is away or silent', async () => {
    await expect(clientOf({ baseUrl: 'http://127.0.0.1:9' }).latest({ feed: 'air' })).rejects.toMatchObject({
      code: 'CLIENT_SERVER_INVALID',
      meta: { status: 0 },
    });
    const silent: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    await expect(clientOf({ requestTimeoutMs: 20 }, { fetch: silent }).latest({ feed: 'air' })).rejects.toMatchObject({
      code: 'CLIENT_SERVER_TIMEOUT',
    });
  });
});

describe('updates', () => {
  it('come from the real server as they are certified, and resume after a restart without a gap', async () => {
    const archive = new FakeArchive({ feed: network.genesis.feeds[0] as never });
    const position = () => ({ height: archive.rounds.at(-1)?.height ?? 0, epoch: 0, time: 1, anchoredSize: 0 });
    const ports = archive.ports({ genesis: () => network.genesis, position });
    const start = async (port: number) => {
      const server = await createAttestationServer({ host: '127.0.0.1', port }, ports);
      const url = await server.start();
      onTestFinished(() => server.stop());
      return { server, url };
    };
    const opened = Promise.withResolvers<void>();
    const first = await start(0);
    let connections = 0;
    const platform = {
      fetch: async (...request: Parameters<typeof fetch>) => {
        const response = await fetch(...request);
        if (++connections === 1) opened.resolve();
        return response;
      },
    };
    const client = new CairnClient(
      { baseUrl: first.url, trust: { networkId: network.networkId, groupKey: network.groupKey }, retryMsMin: 20 },
      platform,
    );
    const stop = new AbortController();
    const heights: number[] = [];
    const waiters = new Map<number, () => void>();
    const seen = (height: number) => new Promise<void>((resolve) => waiters.set(height, resolve));
    const listening = (async () => {
      for await (const { height } of client.updates({ series: [{ feed: 'air' }], signal: stop.signal })) {
        heights.push(height);
        waiters.get(height)?.();
      }
    })();
    await opened.promise;
    const second = seen(2);
    archive.certify(round(1, 0), round(1, 2), round(2, 0));
    await second;
    await first.server.stop();
    archive.certify(round(3, 0), round(4, 0));
    const fourth = seen(4);
    await start(Number(new URL(first.url).port));
    await fourth;
    stop.abort();
    await listening;
    expect(heights).toEqual([1, 2, 3, 4]);
  });
});
