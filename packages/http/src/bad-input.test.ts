import { CairnError } from '@cairn/primitives';
import { encodeCanonical } from '@cairn/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from './http-app.ts';
import type { NodePorts } from './node-ports.ts';
import { createNodeServer } from './node-server.ts';
import type { HttpObserver } from './observer.ts';
import type { HttpBounds } from './options.ts';
import { nodePorts } from './testing/fixtures.ts';
import { post, rawExchange, rawSocket, refused } from './testing/requests.ts';

let server: HttpServer | undefined;

async function start(ports: Partial<NodePorts> = {}, bounds: Partial<HttpBounds> = {}, observer: HttpObserver = {}) {
  server = await createNodeServer({ bounds }, nodePorts(ports), observer);
  return server.start();
}

afterEach(() => server?.stop());

const report = Uint8Array.of(0xd2, 1, 2, 3);

describe('bad input', () => {
  const cases: [string, Uint8Array | string, string, number, string][] = [
    ['garbage CBOR', Uint8Array.of(0xff, 0xff), 'application/cbor', 400, 'PROTOCOL_CBOR_MALFORMED'],
    ['CBOR of something else', encodeCanonical(['a']), 'application/cbor', 400, 'HTTP_BODY_MALFORMED'],
    ['an empty CBOR body', new Uint8Array(), 'application/cbor', 400, 'PROTOCOL_CBOR_MALFORMED'],
    ['an empty list', encodeCanonical([]), 'application/cbor', 400, 'HTTP_BODY_MALFORMED'],
    ['too many reports', encodeCanonical(Array(513).fill(report)), 'application/cbor', 413, 'HTTP_REPORTS_EXCEEDED'],
    ['broken JSON', '{"reports": [', 'application/json', 400, 'HTTP_BODY_MALFORMED'],
    ['JSON with a poisoned prototype', '{"__proto__": {}}', 'application/json', 400, 'HTTP_BODY_MALFORMED'],
    ['JSON without reports', '{}', 'application/json', 400, 'HTTP_REQUEST_INVALID'],
    ['a JSON field too many', '{"reports":["AA=="],"x":1}', 'application/json', 400, 'HTTP_REQUEST_INVALID'],
    ['bad base64', '{"reports":["A"]}', 'application/json', 400, 'HTTP_BODY_MALFORMED'],
    ['another content type', 'x', 'text/plain', 415, 'HTTP_CONTENT_TYPE_UNKNOWN'],
    ['a 10 MB body', new Uint8Array(10_000_000).fill(0xd2), 'application/cbor', 413, 'HTTP_BODY_EXCEEDED'],
  ];
  it.each(cases)('refuses %s', async (_name, body, contentType, status, code) => {
    const url = await start();
    await refused(await post(`${url}/v1/reports`, body, contentType), status, code);
  });

  it('cuts off an endless chunked body', async () => {
    const url = await start();
    const socket = rawSocket(url);
    socket.write(
      'POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const closed = Promise.withResolvers<void>();
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('close', () => closed.resolve());
    socket.on('error', () => closed.resolve());
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
    await closed.promise;
    expect(answer).toContain('HTTP/1.1 413');
    expect(answer).toContain('HTTP_BODY_EXCEEDED');
  });

  it('names unknown paths and wrong methods apart', async () => {
    const url = await start();
    await refused(await fetch(`${url}/v2/nothing`), 404, 'HTTP_ROUTE_UNKNOWN');
    const wrong = await fetch(`${url}/v1/reports`, { method: 'DELETE' });
    expect(wrong.headers.get('allow')).toBe('POST');
    await refused(wrong, 405, 'HTTP_METHOD_INVALID');
    await refused(await fetch(`${url}/v1/reports/xyz`), 400, 'HTTP_REQUEST_INVALID');
    await refused(await fetch(`${url}/v1/reports/${'a'.repeat(200)}`), 400, 'HTTP_URL_MALFORMED');
    await refused(await fetch(`${url}/v1/%zz`), 400, 'HTTP_URL_MALFORMED');
    await refused(await fetch(`${url}/v1/sync/blocks?from=0`), 400, 'HTTP_REQUEST_INVALID');
    await refused(await fetch(`${url}/v1/sync/blocks?from=1&form=2`), 400, 'HTTP_REQUEST_INVALID');
  });

  it('lets pages of other origins read and post', async () => {
    const url = await start();
    const preflight = await fetch(`${url}/v1/reports`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
    for (const response of [preflight, await fetch(`${url}/v1/info`), await fetch(`${url}/nothing`)]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
    await refused(await fetch(`${url}/nothing`, { method: 'OPTIONS' }), 404, 'HTTP_ROUTE_UNKNOWN');
  });

  it('answers what is not HTTP, and headers without end', async () => {
    const url = await start();
    expect(await rawExchange(url, 'NONSENSE\r\n\r\n')).toContain('HTTP_REQUEST_MALFORMED');
    const flood = `GET /live HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(50_000)}`;
    expect(await rawExchange(url, flood)).toContain('HTTP_HEADERS_EXCEEDED');
    expect((await fetch(`${url}/live`)).status).toBe(200);
  });

  it('ends a request whose headers do not arrive', async () => {
    const url = await start({}, { headersTimeoutMs: 100, requestTimeoutMs: 200 });
    expect(await rawExchange(url, 'GET /live HTTP/1.1\r\n')).toContain('HTTP_REQUEST_TIMEOUT');
  });

  it('limits how often a client may ask', async () => {
    let limited = 0;
    const url = await start(
      {},
      { rate: { perSecond: 0.01, burst: 2, clientsMax: 10 } },
      {
        rateLimited: () => {
          limited++;
        },
      },
    );
    expect((await fetch(`${url}/live`)).status).toBe(200);
    expect((await fetch(`${url}/live`)).status).toBe(200);
    const third = await fetch(`${url}/live`);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    await refused(third, 429, 'HTTP_RATE_EXCEEDED');
    expect(limited).toBe(1);
  });

  it('hides an error of its own and tells the observer', async () => {
    const failures: unknown[] = [];
    const cause = new CairnError('STORAGE_FILE_INVALID', 'secret path');
    const url = await start(
      { reportFate: () => Promise.reject(cause) },
      {},
      { failed: (error) => void failures.push(error) },
    );
    const response = await fetch(`${url}/v1/reports/${'a'.repeat(64)}`);
    expect(await response.clone().text()).not.toContain('secret');
    await refused(response, 500, 'HTTP_INTERNAL_INVALID');
    expect(failures).toEqual([cause]);
  });

  it('cuts off a client that does not read its answer, and serves others meanwhile', async () => {
    const big = new Uint8Array(8_000_000);
    const cutOff = Promise.withResolvers<void>();
    const url = await start(
      { syncBlocks: async () => [{ certified: big, batches: [] }] },
      { responseTimeoutMs: 300, requestTimeoutMs: 100, headersTimeoutMs: 100 },
      { requestDone: ({ status }) => (status === 499 ? cutOff.resolve() : undefined) },
    );
    const socket = rawSocket(url);
    socket.pause();
    socket.write('GET /v1/sync/blocks?from=1 HTTP/1.1\r\nhost: x\r\n\r\n');
    const closed = new Promise<number>((resolve) => {
      let received = 0;
      socket.on('data', (bytes) => {
        received += bytes.length;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(received));
    });
    socket.pause();
    expect((await fetch(`${url}/live`)).status).toBe(200);
    await cutOff.promise;
    socket.resume();
    expect(await closed).toBeLessThan(big.length);
  });
});
