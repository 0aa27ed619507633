import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createAttestationServer } from './attestation-server.ts';
import type { HttpServer } from './http-app.ts';
import type { HttpObserver, StreamEnd } from './observer.ts';
import type { HttpBounds } from './options.ts';
import { aRound, FakeArchive } from './testing/fixtures.ts';
import { rawSocket, refused } from './testing/requests.ts';

let server: HttpServer | undefined;

async function start(archive: FakeArchive, bounds: Partial<HttpBounds> = {}, observer: HttpObserver = {}) {
  server = await createAttestationServer({ bounds }, archive.ports(), observer);
  return server.start();
}

afterEach(() => server?.stop());

/** Reads server-sent events one by one. */
async function listen(url: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<{ event: string; id: string; data: string } | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const fields = text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s));
        text = text.slice(end + 2);
        const { event, id = '', data = '' } = Object.fromEntries(fields);
        if (event !== undefined) return { event, id, data };
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  return { next, close: () => controller.abort() };
}

describe('updates', () => {
  it('sends each round of the feeds that were asked for, with its attestation', async () => {
    const archive = new FakeArchive();
    const url = await start(archive);
    const stream = await listen(`${url}/v1/updates/stream?ids[]=air`);
    archive.certify(aRound(8, { feed: 'noise' }), aRound(9), aRound(10));
    const first = await stream.next();
    expect(first).toMatchObject({ event: 'round', id: '9-0' });
    expect(JSON.parse(first?.data ?? '')).toMatchObject({ finalized: true, data: { subject: { kind: 'result' } } });
    expect((await stream.next())?.id).toBe('10-0');
    stream.close();
  });

  it('resumes after Last-Event-ID without a gap, also from before the ring', async () => {
    const archive = new FakeArchive();
    for (let height = 1; height <= 300; height++) archive.certify(aRound(height));
    const url = `${await start(archive, { streamEventsMax: 8 })}/v1/updates/stream?ids[]=air`;
    const stream = await listen(url, { 'last-event-id': '20-0' });
    for (let height = 21; height <= 300; height++) expect((await stream.next())?.id).toBe(`${height}-0`);
    for (let height = 301; height <= 340; height++) archive.certify(aRound(height));
    for (let height = 301; height <= 340; height++) expect((await stream.next())?.id).toBe(`${height}-0`);
    stream.close();
    await refused(await fetch(url, { headers: { 'last-event-id': 'x' } }), 400, 'HTTP_REQUEST_INVALID');
    await refused(await fetch(`${url}&ids[]=nothing`), 404, 'HTTP_FEED_UNKNOWN');
  });

  it('cuts off a reader that takes nothing, while others go on', async () => {
    const archive = new FakeArchive();
    const ends: StreamEnd[] = [];
    const cutOff = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const url = await start(
      archive,
      { streamDrainTimeoutMs: 200, streamBufferBytesMax: 64 * 1024, streamEventsMax: 64 },
      {
        streamOpened: () => opened.resolve(),
        streamClosed: (_stream, reason) => {
          ends.push(reason);
          if (reason === 'slow') cutOff.resolve();
        },
      },
    );
    const slow = rawSocket(url);
    slow.pause();
    slow.on('error', () => {});
    slow.write('GET /v1/updates/stream?ids[]=air HTTP/1.1\r\nhost: x\r\n\r\n');
    await opened.promise;
    const quick = await listen(`${url}/v1/updates/stream?ids[]=air`);
    const rssBefore = process.memoryUsage().rss;
    // far more than the kernel holds for a socket that nobody reads
    let height = 8;
    const seen = (async () => {
      for (let expected = 8; expected < 8 + 6000; expected++) expect((await quick.next())?.id).toBe(`${expected}-0`);
    })();
    for (; height < 8 + 6000; height++) {
      archive.rounds.push(aRound(height));
      if (height % 50 === 0 || height === 8 + 5999) {
        archive.certify();
        archive.tell({ topic: 'block', height, hash: '00' as never, time: 0, reports: 0, results: 0 });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await cutOff.promise;
    await seen;
    expect(ends).toEqual(['slow']);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200e6);
    quick.close();
    slow.destroy();
  }, 30_000);

  it('bounds streams, ends them in time, and when the server stops', async () => {
    const archive = new FakeArchive();
    const ends: StreamEnd[] = [];
    const bounds = { streamsPerClientMax: 1, streamLifetimeMs: 100, streamHeartbeatMs: 20 };
    const url = await start(archive, bounds, { streamClosed: (_stream, reason) => void ends.push(reason) });
    const stream = await listen(`${url}/v1/updates/stream?ids[]=air`);
    await refused(await fetch(`${url}/v1/updates/stream?ids[]=air`), 429, 'HTTP_STREAMS_EXCEEDED');
    expect(await stream.next()).toBe(null);
    expect(ends).toEqual(['lifetime']);
    const second = await listen(`${url}/v1/updates/stream?ids[]=air`);
    await server?.stop();
    expect(await second.next()).toBe(null);
    expect(ends).toEqual(['lifetime', 'server']);
  });

  it('notices a client that leaves', async () => {
    const left = Promise.withResolvers<StreamEnd>();
    const url = await start(new FakeArchive(), {}, { streamClosed: (_stream, reason) => left.resolve(reason) });
    const socket = rawSocket(url);
    socket.write('GET /v1/updates/stream?ids[]=air HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    expect(await left.promise).toBe('client');
  });
});

describe('events', () => {
  it('sends what happens in the topics that were asked for', async () => {
    const archive = new FakeArchive();
    const url = `${await start(archive)}/v1/events`;
    const stream = await listen(`${url}?topics=round,evidence`);
    archive.certify(aRound(9));
    archive.tell({ topic: 'evidence', member: 2, kind: 'double-proposal', height: 9 });
    const round = await stream.next();
    expect(round).toMatchObject({ event: 'round' });
    expect(JSON.parse(round?.data ?? '')).toMatchObject({ feed: 'air', height: 9 });
    expect((await stream.next())?.event).toBe('evidence');
    stream.close();
    const resumed = await listen(`${url}?topics=evidence`, { 'last-event-id': round?.id ?? '' });
    expect((await resumed.next())?.event).toBe('evidence');
    resumed.close();
    const lost = await listen(url, { 'last-event-id': '5-0' });
    expect((await lost.next())?.event).toBe('gap');
    lost.close();
    await refused(await fetch(`${url}?topics=nonsense`), 400, 'HTTP_REQUEST_INVALID');
  });
});
