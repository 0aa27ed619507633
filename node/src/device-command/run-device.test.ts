import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hash, verifySignature } from '@cairn/crypto';
import { DeviceKey } from '@cairn/device';
import { createNodeServer, type HttpServer, type Verdict } from '@cairn/http';
import { nodePorts } from '@cairn/http/testing';
import { Rng } from '@cairn/primitives';
import {
  type DeviceReport,
  decodeReport,
  type FeedDefinition,
  type Genesis,
  networkIdOf,
  registrationCodec,
} from '@cairn/protocol';
import { feedFixture, networkFixture } from '@cairn/verify/fixture';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CommandIo, toExitCode } from '../commands/command-io.ts';
import { deviceCommand } from '../commands/device.ts';
import type { RunDeviceOptions } from './device-options.ts';
import { hostFeeds } from './host-source.ts';
import { runDevice } from './run-device.ts';

const registrar = DeviceKey.fromSeed(new Rng(8).bytes(32));
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-device-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A node behind the real intake server: knows whom it registered, checks every signature, keeps what it took. */
async function intake(parts: { feeds?: readonly FeedDefinition[]; refuse?: string; port?: number } = {}) {
  const channels = [
    ...feedFixture().channels,
    ...feedFixture().channels.map((channel) => ({ ...channel, name: 'pm10' })),
  ];
  const closed = feedFixture({ id: 'closed', open: false, registrars: [registrar.publicKey] });
  const feeds = parts.feeds ?? [feedFixture({ channels }), closed, ...hostFeeds()];
  const genesis: Genesis = { ...networkFixture().genesis, feeds };
  const networkId = networkIdOf(genesis);
  const registered = new Set<string>();
  const reports: DeviceReport[] = [];
  const verdictOf = (bytes: Uint8Array): Verdict => {
    const id = sha256Hash(bytes);
    const { report, signature, signedBytes } = decodeReport(bytes, networkId);
    if (!verifySignature(report.device, signedBytes, signature))
      return { id, status: 'refused', code: 'signature-invalid' };
    if (parts.refuse !== undefined) return { id, status: 'refused', code: parts.refuse };
    if (!registered.has(`${report.device} ${report.feed}`)) return { id, status: 'refused', code: 'unknown-device' };
    reports.push(report);
    return { id, status: 'accepted' };
  };
  const register = (bytes: Uint8Array): Verdict => {
    const id = sha256Hash(bytes);
    const { body, signer, signature } = registrationCodec.decode(bytes);
    const feed = feeds.find(({ id: name }) => name === body.feeds[0]) as FeedDefinition;
    const isAllowed = feed.registrars.includes(signer) || (feed.open && signer === body.device);
    const isSigned = verifySignature(signer, registrationCodec.signingBytes(networkId, body), signature);
    if (!isAllowed || !isSigned) return { id, status: 'refused', code: 'signer-not-allowed' };
    registered.add(`${body.device} ${feed.id}`);
    return { id, status: 'accepted' };
  };
  const ports = nodePorts({
    genesis: () => genesis,
    feeds: () => feeds,
    submitReports: async (all) => all.map(verdictOf),
    submitRegistration: async (bytes) => register(bytes),
  });
  const server: HttpServer = await createNodeServer({ host: '127.0.0.1', port: parts.port ?? 0 }, ports);
  const url = await server.start();
  onTestFinished(() => server.stop());
  return { url, networkId, reports, registered, server };
}

const defaults: Omit<RunDeviceOptions, 'gateway' | 'data'> = {
  source: 'simulate',
  feed: 'air',
  register: true,
  interval: '0.01',
  settle: 'acknowledged',
  drain: '20',
  speed: '1',
  timestampColumn: 'timestamp',
  devices: '3',
  spoofers: '0',
  seed: '1',
};

async function run(options: Partial<RunDeviceOptions> & { readonly gateway: string }, file?: string) {
  const out: string[] = [];
  const said: string[] = [];
  const io: CommandIo = {
    out: (line) => out.push(line),
    say: (line) => said.push(line),
    status: () => {},
    isTerminal: false,
  };
  const all = { ...defaults, data: directory, ...options };
  const { signal } = new AbortController();
  const code = await toExitCode(io, all.json === true, () => runDevice(file, all, { io, signal }));
  return { code, said, events: all.json ? out.map((line) => JSON.parse(line)) : [] };
}

describe('cairn device', () => {
  it('simulate: registers each device by itself, sends all, tells its counts', async () => {
    const node = await intake();
    const { code, events } = await run({ gateway: node.url, count: '30', json: true });
    expect(code).toBe(0);
    expect(node.reports).toHaveLength(30);
    expect(new Set(node.reports.map(({ device }) => device)).size).toBe(3);
    expect(events[0]).toMatchObject({ event: 'started', feed: 'air', networkId: node.networkId });
    const last = node.reports.map(({ id }) => id);
    expect(events.at(-1)).toMatchObject({ event: 'finished', reported: 30, settled: 30, queued: 0, lost: {} });
    expect(last).toContain(events.at(-1).lastSettled.id);
  });

  it('host: reports what this machine measures', async () => {
    const node = await intake();
    expect((await run({ gateway: node.url, source: 'host', feed: 'machine', count: '3' })).code).toBe(0);
    expect(node.reports.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(node.reports[0]?.values).toHaveLength(hostFeeds()[0]?.channels.length as number);
  });

  it('replay: maps columns to channels, one device a station', async () => {
    const node = await intake();
    const file = join(directory, 'data.csv');
    await writeFile(file, 'timestamp,sensor,a,b\n100,x,1.25,2\n100,y/../z,3,4\n700,x,5,6\n');
    const options = { source: 'replay' as const, deviceColumn: 'sensor', values: 'a,b', speed: '6000' };
    const before = Date.now();
    expect((await run({ gateway: node.url, ...options }, file)).code).toBe(0);
    expect(node.reports.map(({ values }) => values).sort()).toEqual([
      [13, 20],
      [30, 40],
      [50, 60],
    ]);
    const times = node.reports.filter(({ values }) => values[0] !== 30).map(({ observedAt }) => observedAt);
    expect((times[1] as number) - (times[0] as number)).toBe(100);
    expect(times[0] as number).toBeGreaterThanOrEqual(before);
    expect((await readdir(directory)).filter((name) => name !== 'data.csv').sort()).toEqual([
      'hex-792f2e2e2f7a',
      'station-x',
    ]);
  });

  it('keeps keys and goes on counting after a restart', async () => {
    const node = await intake();
    await run({ gateway: node.url, count: '6' });
    await run({ gateway: node.url, count: '6' });
    const byDevice = Map.groupBy(node.reports, ({ device }) => device);
    expect(byDevice.size).toBe(3);
    for (const reports of byDevice.values()) expect(reports.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    const key = join(directory, 'station-simulated-0', 'key.json');
    expect((await stat(key)).mode & 0o077).toBe(0);
    expect(byDevice.has(DeviceKey.parse(await readFile(key, 'utf8')).publicKey)).toBe(true);
  });

  it('sends through another gateway when one is down, and what is unsent after the next start', async () => {
    const down = await intake();
    await down.server.stop();
    const node = await intake();
    expect((await run({ gateway: `${down.url},${node.url}`, count: '6' })).code).toBe(0);
    expect(node.reports).toHaveLength(6);
    // The gateway goes away after the start: the readings stay in their stores, and the exit status says so.
    const brief = await intake();
    const stopping = run({ gateway: brief.url, count: '60', drain: '0.2', json: true, data: join(directory, 'b') });
    while (brief.reports.length < 3) await new Promise(setImmediate);
    await brief.server.stop();
    const { code, events } = await stopping;
    expect(code).toBe(1);
    const { queued } = events.at(-1);
    expect(queued).toBeGreaterThan(0);
    const back = await intake({ port: Number(new URL(brief.url).port) });
    expect((await run({ gateway: back.url, count: '3', data: join(directory, 'b') })).code).toBe(0);
    expect(back.reports).toHaveLength(queued + 3);
  });

  it('registers by a registrar where the feed is not open', async () => {
    const node = await intake();
    const key = join(directory, 'registrar.json');
    await writeFile(key, registrar.toFileText());
    expect((await run({ gateway: node.url, feed: 'closed', registrar: key, count: '3' })).code).toBe(0);
    expect(node.reports).toHaveLength(3);
  });

  it('ends with 3 when the network refuses readings for good', async () => {
    const node = await intake({ refuse: 'out-of-range' });
    const { code, events } = await run({ gateway: node.url, count: '4', json: true });
    expect(code).toBe(3);
    expect(events.at(-1).lost).toEqual({ 'out-of-range': 4 });
  });

  it.each<[string, Partial<RunDeviceOptions>, string]>([
    ['an unknown feed', { feed: 'none' }, 'COMMAND_FEED_UNKNOWN'],
    ['a feed that is not open', { feed: 'closed' }, 'COMMAND_OPTION_INVALID'],
    ['a registrar key that is not there', { feed: 'closed', registrar: '/nowhere' }, 'COMMAND_INPUT_MISSING'],
    ['another network', { networkId: '00'.repeat(32) }, 'COMMAND_OPTION_INVALID'],
    ['replay without a file', { source: 'replay' }, 'COMMAND_OPTION_INVALID'],
    ['a count that is none', { count: 'many' }, 'COMMAND_OPTION_INVALID'],
    ['more spoofers than devices', { spoofers: '4' }, 'COMMAND_OPTION_INVALID'],
    ['channels that this machine has not', { source: 'host' }, 'COMMAND_CHANNEL_UNKNOWN'],
    ['certified without a network id', { settle: 'certified' }, 'COMMAND_OPTION_INVALID'],
    ['one key for three stations', { key: 'key.json' }, 'COMMAND_OPTION_INVALID'],
    ['an owner that is no address', { owner: '0OIl' }, 'COMMAND_OPTION_INVALID'],
    ['a cell that is no index', { cell: 'xyz' }, 'COMMAND_OPTION_INVALID'],
  ])('ends with 2 for %s', async (_, options, code) => {
    const node = await intake();
    const outcome = await run({ gateway: node.url, ...options });
    expect([outcome.code, outcome.said.at(-1)]).toEqual([2, expect.stringContaining(code)]);
    expect(node.registered.size).toBe(0);
  });

  it('knows every option that its runner reads', async () => {
    const program = new Command().exitOverride();
    deviceCommand(program);
    const command = program.commands.find((each) => each.name() === 'device') as Command;
    const known = command.options.map((option) => option.attributeName());
    expect(known).toEqual(expect.arrayContaining(Object.keys(defaults)));
    const help = command.helpInformation();
    for (const word of ['--source', '--gateway', '--registrar', '--spoofers', '--timestamp-column'])
      expect(help).toContain(word);
    const parsed = command.opts<RunDeviceOptions>();
    expect(parsed).toMatchObject({ source: 'host', settle: 'acknowledged', interval: '1' });
  });
});
