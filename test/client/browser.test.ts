// The client in surroundings that have nothing of Node: bundled for browsers, run in a bare context with web names only,
// and, where a headless Chromium is installed, in the browser itself against the real server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { createAttestationServer, type HttpServer } from '@cairn/http';
import { FakeArchive } from '@cairn/http/testing';
import { utf8 } from '@cairn/primitives';
import type { Attestation } from '@cairn/protocol';
import { networkFixture } from '@cairn/verify/fixture';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

/** What the README states, with some room; a change that breaks it is worth a look. */
const GZIP_BYTES_MAX = 33_500;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const network = networkFixture();
const entry = fileURLToPath(import.meta.resolve('@cairn/client'));
let script: string;
let inputs: string[];
let server: HttpServer;
let url: string;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'Cairn',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  script = bundle.outputFiles[0]?.text as string;
  inputs = Object.keys(bundle.metafile.inputs);
  server = await serve();
  url = await server.start();
});
afterAll(() => server.stop());

/** The public API over one network, and a page that reads it as a consumer would. */
function serve(): Promise<HttpServer> {
  const archive = new FakeArchive({ feed: network.genesis.feeds[0] as never });
  for (let height = 1; height < 4; height++) {
    const attestation = network.attestation({ height, index: 0 });
    const { result } = attestation.subject as Extract<Attestation['subject'], { kind: 'result' }>;
    archive.certify({ height, position: 0, result, attestation });
  }
  const html = `<!doctype html><title>Cairn</title><script src="/client.js"></script><script>(${page})('${network.networkId}')</script>`;
  const pages = new Map([
    ['/page', { contentType: 'text/html', body: utf8(html) }],
    ['/client.js', { contentType: 'text/javascript', body: utf8(script) }],
  ]);
  return createAttestationServer(
    { host: '127.0.0.1', port: 0, pages },
    archive.ports({ genesis: () => network.genesis }),
  );
}

/** Runs in the browser: as text, so it uses nothing of this file. */
const page = `async (networkId) => {
  const sink = new URLSearchParams(location.search).get('sink');
  const say = (text) => fetch(sink + '/?said=' + encodeURIComponent(text), { mode: 'no-cors' });
  try {
    const client = new Cairn.CairnClient({ baseUrl: location.origin, trust: { networkId } });
    const round = await client.latest({ feed: 'air' });
    const refused = await new Cairn.CairnClient({ baseUrl: location.origin, trust: { networkId: networkId.replace(/^./, (d) => (d === '0' ? '1' : '0')) } })
      .latest({ feed: 'air' }).then(() => 'believed', (error) => error.code);
    const history = [];
    for await (const each of client.history({ feed: 'air' })) history.push(each.height);
    say(JSON.stringify({ verified: round.report.verified, height: round.height, value: Cairn.aggregateText(round, { channel: 'pm25', aggregate: 'median' }), refused, history, agent: navigator.userAgent }));
  } catch (error) { say(JSON.stringify({ error: String(error), stack: error.stack })); }
}`;

describe('the client in a browser', () => {
  it('bundles without a module of Node, and stays small', () => {
    expect(inputs.filter((path) => path.includes('-node.ts') || path.includes('sodium'))).toEqual([]);
    // As booleans: a failure should not print the whole bundle.
    expect(/["']node:|\brequire\(/.test(script)).toBe(false);
    const [bytes, gzip] = [script.length, gzipSync(script, { level: 9 }).length];
    console.log(`client bundle: ${bytes} bytes minified, ${gzip} bytes gzipped`);
    expect(gzip).toBeLessThan(GZIP_BYTES_MAX);
  });

  it('verifies in a context that has web names only', async () => {
    const {
      fetch,
      URL,
      Response,
      ReadableStream,
      AbortController,
      AbortSignal,
      DOMException,
      TextEncoder,
      TextDecoder,
    } = globalThis;
    const web = {
      fetch,
      URL,
      Response,
      ReadableStream,
      AbortController,
      AbortSignal,
      DOMException,
      TextEncoder,
      TextDecoder,
    };
    const context = createContext({ ...web, url, networkId: network.networkId });
    runInContext(script, context);
    const run = `(async () => {
      const client = new Cairn.CairnClient({ baseUrl: url, trust: { networkId } });
      const round = await client.latest({ feed: 'air' });
      return { verified: round.report.verified, height: round.height, process: typeof process };
    })()`;
    expect(await runInContext(run, context)).toEqual({ verified: true, height: 3, process: 'undefined' });
  });

  it.skipIf(CHROMIUM === undefined)(
    'verifies in a real browser (skipped: no Chromium is installed)',
    async () => {
      const profile = await mkdtemp(join(tmpdir(), 'cairn-browser-'));
      const { sink, said } = await listening();
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
      const address = `${url}/page?sink=${encodeURIComponent(sink)}`;
      const browser = spawn(CHROMIUM as string, [...flags, `--user-data-dir=${profile}`, address], { stdio: 'ignore' });
      onTestFinished(async () => {
        const ended = once(browser, 'exit');
        browser.kill('SIGKILL');
        await ended;
        await rm(profile, { recursive: true, force: true, maxRetries: 5 });
      });
      const { agent, ...outcome } = JSON.parse(await said);
      expect(outcome).toEqual({
        verified: true,
        height: 3,
        value: '8.7',
        refused: 'VERIFY_TRUST_MISMATCH',
        history: [3, 2, 1],
      });
      console.log(`verified in ${agent}`);
    },
    90_000,
  );
});

/** Where the page says what it found. */
async function listening(): Promise<{ readonly sink: string; readonly said: Promise<string> }> {
  const { promise: said, resolve } = Promise.withResolvers<string>();
  const listener = createServer((request, response) => {
    response.end();
    const text = new URL(request.url ?? '/', 'http://sink').searchParams.get('said');
    if (text !== null) resolve(text);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  return { sink: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, said };
}
