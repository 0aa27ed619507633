import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FakeNode } from '@cairn/aggregator/testing';
import { networkIdOf } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, type SettingsInput } from '../config/load-settings.ts';
import { AGGREGATOR_PROFILE } from './aggregator-settings.ts';

const load = (input: SettingsInput) => loadSettings(AGGREGATOR_PROFILE, input).settings;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cairn-command-'));
});
const children = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(dir, { recursive: true, force: true });
});

describe('settings of an aggregator', () => {
  it('takes flags before environment before file before default', async () => {
    await writeFile(
      join(dir, 'aggregator.yaml'),
      'schemaVersion: 1\nsources: [http://a:1, http://b:2]\nhttp:\n  listen: 127.0.0.1:1\nanchorInterval: 5s\nname: x\n',
    );
    const settings = load({
      flags: { data: dir, name: 'flag' },
      environment: { CAIRN_NAME: 'environment', CAIRN_HTTP_LISTEN: '127.0.0.1:2' },
    });
    expect(settings).toMatchObject({
      name: 'flag',
      'http.listen': '127.0.0.1:2',
      anchorInterval: '5s',
      sources: ['http://a:1', 'http://b:2'],
      rpcUrl: 'embedded',
      genesis: null,
    });
  });

  it('refuses unknown settings, wrong values, other versions and missing files', async () => {
    const file = join(dir, 'a.yaml');
    const refusal = async (text: string) => {
      await writeFile(file, text);
      return () => load({ flags: {}, environment: {}, configFile: file });
    };
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(await refusal('schemaVersion: 1\nsource: x\n')).toThrow(code('CONFIG_KEY_UNKNOWN'));
    expect(await refusal('schemaVersion: 2\n')).toThrow(code('CONFIG_VERSION_MISMATCH'));
    expect(await refusal('a: [')).toThrow(code('CONFIG_FILE_MALFORMED'));
    expect(await refusal('schemaVersion: 1\nanchorInterval: 30\n')).toThrow(code('CONFIG_VALUE_INVALID'));
    const flags = { sources: 'ftp://x', data: dir };
    expect(() => load({ flags, environment: {} })).toThrow(code('CONFIG_VALUE_INVALID'));
    const configFile = join(dir, 'none');
    expect(() => load({ flags: {}, environment: {}, configFile })).toThrow(code('CONFIG_FILE_MISSING'));
  });
});

/** The command in a process of its own, as `cairn aggregator` runs it. */
async function run(args: readonly string[]) {
  const command = new URL('../commands/aggregator.ts', import.meta.url).href;
  const program = `import { Command } from 'commander';
    import { aggregatorCommand } from '${command}';
    const program = new Command('cairn');
    aggregatorCommand(program);
    await program.parseAsync();`;
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, '--', 'aggregator', '--json', '--log-level', 'silent', ...args],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.add(child);
  const exited = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  const stop = async () => {
    child.kill('SIGTERM');
    return (await exited)[0] as number | null;
  };
  return { ready: JSON.parse(line), stop, exited };
}

describe('cairn aggregator', () => {
  it('follows by network id alone, ends at SIGTERM, and goes on from its archive', async () => {
    const network = new CertifiedChain();
    network.growTo(6);
    const node = new FakeNode(network);
    const url = await node.start();
    const networkId = networkIdOf(network.genesis);
    const args = ['--data', dir, '--sources', url, '--network-id', networkId, '--rpc-url', 'none'];
    const first = await run([...args, '--http-listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0']);
    expect(first.ready).toMatchObject({ event: 'ready', networkId, rpcUrl: null });
    // waits for windows to close: their results are there when the last block is
    const next = `${first.ready.url}/v1/blocks/6`;
    while ((await fetch(next)).status !== 200) await fetch(`${first.ready.url}/v1/feeds/air/rounds/next?timeout=1`);
    expect(await (await fetch(`${first.ready.adminUrl}/metrics`)).text()).toContain('cairn_follower_height 6');
    expect(await first.stop()).toBe(0);
    const second = await run([...args, '--http-listen', '127.0.0.1:0']);
    expect(second.ready.height).toBe(6);
    expect(await second.stop()).toBe(0);
    await node.stop();
  }, 180_000);

  it('says in one line why it cannot start', async () => {
    const { ready, exited } = await run([
      '--data',
      dir,
      '--sources',
      'http://127.0.0.1:1',
      '--network-id',
      '00'.repeat(32),
    ]);
    expect(ready.error.code).toBe('AGGREGATOR_GENESIS_MISSING');
    expect((await exited)[0]).toBe(1);
  }, 90_000);
});
