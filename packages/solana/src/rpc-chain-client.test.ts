// Goal: whatever an RPC answers, the client returns what it promises or throws a coded error, within bounds.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RpcChainClient } from './index.ts';

const TRANSACTION = '5Zbuj4udGTKzvVjgjw3cxT1tuFMTnJsSo2hVkwrDD2j2beFAmjYvwAnKN7ZS5oa6fkSCX7ohy6wH1tEuntb3MwCj';

let answer: (response: ServerResponse, request: IncomingMessage) => void;
const server = createServer((request, response) => {
  request.resume();
  answer(response, request);
});
let client: RpcChainClient;
let rpcUrl: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  rpcUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}/?api-key=secret-token`;
});
beforeEach(() => {
  client = new RpcChainClient({ rpcUrl, requestTimeoutMs: 2000, responseBytesMax: 10_000 });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function result(value: unknown): void {
  answer = (response) => response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(JSON.stringify(error) + String(error)).not.toContain('secret-token');
  return (error as { code: string }).code;
}

describe('transport', () => {
  it('gives up on an answer that is too long, without reading it to the end', async () => {
    let isCutOff = false;
    answer = (response) => {
      const flood = (): void => {
        while (!response.destroyed && response.write('x'.repeat(4096)));
      };
      response.on('drain', flood).on('close', () => {
        isCutOff = true;
      });
      flood();
    };
    expect(await codeOf(client.chain())).toBe('SOLANA_RPC_EXCEEDED');
    await expect.poll(() => isCutOff).toBe(true);
  });

  it('gives up on an answer that does not come, or does not end', async () => {
    const impatient = new RpcChainClient({ rpcUrl, requestTimeoutMs: 50 });
    answer = () => {};
    expect(await codeOf(impatient.chain())).toBe('SOLANA_RPC_TIMEOUT');
    answer = (response) => response.write('{');
    expect(await codeOf(impatient.chain())).toBe('SOLANA_RPC_TIMEOUT');
  });

  it.each([429, 500, 403])('HTTP %i counts as unreachable', async (status) => {
    answer = (response) => response.writeHead(status).end('{"jsonrpc":"2.0","id":1,"result":"x"}');
    expect(await codeOf(client.chain())).toBe('SOLANA_RPC_UNREACHABLE');
  });

  it('follows no redirect', async () => {
    answer = (response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    expect(await codeOf(client.chain())).toBe('SOLANA_RPC_UNREACHABLE');
  });

  it('says so when nobody listens, when it was closed, and when the URL is none', async () => {
    expect(await codeOf(new RpcChainClient({ rpcUrl: 'http://127.0.0.1:1' }).chain())).toBe('SOLANA_RPC_UNREACHABLE');
    answer = () => {};
    const pending = codeOf(client.chain());
    client.close();
    expect(await pending).toBe('SOLANA_RPC_UNREACHABLE');
    for (const url of ['', 'file:///etc/passwd', 'ws://127.0.0.1']) {
      expect(() => new RpcChainClient({ rpcUrl: url })).toThrow('not an http(s) URL');
    }
  });

  it('passes on the error of the RPC, short and printable', async () => {
    const message = `bad\n\u001b[31m${'x'.repeat(1000)}`;
    answer = (response) => response.end(JSON.stringify({ id: 1, error: { code: -32002, message } }));
    await expect(client.chain()).rejects.toMatchObject({ code: 'SOLANA_RPC_INVALID', meta: { rpcCode: -32002 } });
    await client.chain().catch((error) => expect(error.meta.reason).toMatch(/^[\x20-\x7e]{1,160}$/));
  });
});

describe('answers of the wrong shape', () => {
  const bodies = ['', 'null', '[]', '{}', '"text"', '\xff', '{"jsonrpc":"2.0"', '{"id":1,"result"}'];
  const values = [
    null,
    0,
    -1,
    1.5,
    2 ** 60,
    'text',
    [],
    {},
    [null],
    [[]],
    { value: null },
    { value: {} },
    { context: {} },
  ];
  const calls: Record<string, (client: RpcChainClient) => Promise<unknown>> = {
    chain: (c) => c.chain(),
    finalizedHead: (c) => c.finalizedHead(),
    recentBlockhash: (c) => c.recentBlockhash(),
    balance: (c) => c.balance('x'),
    send: (c) => c.send(new Uint8Array(3)),
    statuses: (c) => c.statuses([TRANSACTION]),
    transaction: (c) => c.transaction(TRANSACTION),
  };

  it.each(Object.keys(calls))('%s: a coded error', async (name) => {
    const call = calls[name] as (client: RpcChainClient) => Promise<unknown>;
    for (const body of bodies) {
      answer = (response) => response.end(body);
      expect(await codeOf(call(client)), body).toBe('SOLANA_RPC_MALFORMED');
    }
    for (const value of values) {
      result(value);
      const isUnknown = name === 'transaction' && value === null;
      const expected = isUnknown ? 'SOLANA_TRANSACTION_UNKNOWN' : 'SOLANA_RPC_MALFORMED';
      expect(await codeOf(call(client)), JSON.stringify(value)).toBe(expected);
    }
  });

  it('a transaction id that is none is not even asked for', async () => {
    answer = () => expect.unreachable();
    expect(await codeOf(client.transaction('0OIl'))).toBe('SOLANA_BASE58_MALFORMED');
  });
});
