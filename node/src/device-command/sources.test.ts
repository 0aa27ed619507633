import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ChannelDefinition } from '@cairn/protocol';
import { feedFixture } from '@cairn/verify/fixture';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ColumnMapping, readCsv, splitCsvLine } from './csv-readings.ts';
import { type HostSample, sampleHost } from './host-readers.ts';
import { HostSource, hostFeeds } from './host-source.ts';
import type { ReadingSource, SourceClock, StationReading } from './reading-source.ts';
import { ReplaySource } from './replay-source.ts';
import { scaleDecimal, scaleNumber } from './scale-value.ts';
import { SimulateSource } from './simulate-source.ts';

const channel = (name: string, parts: Partial<ChannelDefinition> = {}): ChannelDefinition => ({
  ...(feedFixture().channels[0] as ChannelDefinition),
  name,
  exponent: -2,
  ...parts,
});

/** A clock that jumps to where a source sleeps. */
class JumpingClock implements SourceClock {
  ms = 1_700_000_000_000;
  nowMs = () => this.ms;
  sleep = async (ms: number) => {
    this.ms += Math.max(0, ms);
  };
}

async function taken(source: ReadingSource, count: number): Promise<StationReading[]> {
  const stop = new AbortController();
  const readings: StationReading[] = [];
  for await (const reading of source.readings(stop.signal)) {
    readings.push(reading);
    if (readings.length >= count) stop.abort();
  }
  return readings;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-sources-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('scaling', () => {
  it.each([
    ['21.96', -2, 2196],
    ['21.965', -2, 2197],
    ['-21.965', -2, -2197],
    ['0.004', -2, 0],
    ['-0.001', -2, 0],
    ['70', -1, 700],
    ['70', 0, 70],
    ['1499', 3, 1],
    ['1500', 3, 2],
    ['.5', -1, undefined],
    ['5.', -1, 50],
    ['1e3', 0, undefined],
    ['nan', 0, undefined],
    ['', 0, undefined],
    ['9007199254740992', 0, undefined],
    ['9007199254740991', 0, 9007199254740991],
  ])('%j at exponent %d is %s', (text, exponent, expected) => {
    expect(scaleDecimal(text, exponent)).toBe(expected);
  });

  it('is exact for every decimal that a double cannot hold', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 9 }), (value, places) => {
        const digits = String(Math.abs(value)).padStart(places + 1, '0');
        const text = `${value < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
        expect(scaleDecimal(text, -places)).toBe(value);
      }),
    );
  });

  it.each([
    [0.35, -2, 35],
    [-1.5, 0, -1],
    [1499, 3, 1],
    [Number.NaN, 0, undefined],
    [1e300, 0, undefined],
  ])('a measured %d at exponent %d is %s', (value, exponent, expected) => {
    expect(scaleNumber(value, exponent)).toBe(expected);
  });
});

describe('reading CSV', () => {
  const text =
    'timestamp,sensor,pm25_a,pm25_b\n1700000600,b,1.5,2\n\n1700000000,a,21.96,22.29\n1700000000,b,,3\n1700000000,,1,3\n';
  const mapping: ColumnMapping = {
    timestampColumn: 'timestamp',
    deviceColumn: 'sensor',
    values: new Map([
      ['left', 'pm25_a'],
      ['right', 'pm25_b'],
    ]),
  };
  const channels = [channel('left'), channel('right', { exponent: -1 })];
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };

  it.each(['plain.csv', 'packed.csv.gz', 'dos.csv', 'marked.csv'])(
    'maps columns to channels, sorts by time, counts what has gaps (%s)',
    async (name) => {
      const content = name.startsWith('dos')
        ? text.replaceAll('\n', '\r\n')
        : name.startsWith('marked')
          ? `\ufeff${text}`
          : text;
      const path = await file(name, name.endsWith('.gz') ? gzipSync(content) : content);
      expect(await readCsv(path, mapping, channels)).toEqual({
        skipped: 2,
        rows: [
          { station: 'a', time: 1_700_000_000_000, values: [2196, 223] },
          { station: 'b', time: 1_700_000_600_000, values: [150, 20] },
        ],
      });
    },
  );

  it.each([
    ['unix milliseconds', '1700000000123', 1_700_000_000_123],
    ['ISO 8601', '2023-11-14T22:13:20Z', 1_700_000_000_000],
  ])('takes %s', async (_, time, expected) => {
    const path = await file('times.csv', `t,v\n${time},1\n`);
    const one = { timestampColumn: 't', deviceColumn: null, values: new Map([['left', 'v']]) };
    expect((await readCsv(path, one, [channel('left')])).rows).toEqual([
      { station: 'station', time: expected, values: [100] },
    ]);
  });

  it.each([
    ['a column that is not there', 'timestamp,sensor,pm25_a\n1,a,1\n', 'COMMAND_INPUT_MALFORMED'],
    ['nothing but a header', 'timestamp,sensor,pm25_a,pm25_b\n', 'COMMAND_INPUT_MALFORMED'],
    ['nothing', '', 'COMMAND_INPUT_MALFORMED'],
  ])('refuses a file with %s', async (_, content, code) => {
    await expect(readCsv(await file('bad.csv', content), mapping, channels)).rejects.toMatchObject({ code });
  });

  it('refuses what is no gzip, and what is not there', async () => {
    await expect(readCsv(await file('bad.csv.gz', text), mapping, channels)).rejects.toMatchObject({
      code: 'COMMAND_INPUT_MALFORMED',
    });
    await expect(readCsv(join(directory, 'none.csv'), mapping, channels)).rejects.toMatchObject({
      code: 'COMMAND_INPUT_MISSING',
    });
  });

  it('splits quoted fields', () => {
    expect(splitCsvLine('1,"a,b","say ""so""",,"x"')).toEqual(['1', 'a,b', 'say "so"', '', 'x']);
    expect(splitCsvLine('"",2')).toEqual(['', '2']);
    // an empty first field beside a quoted one was matched for ever
    expect(splitCsvLine(',"x"')).toEqual(['', 'x']);
    expect(splitCsvLine('"x",')).toEqual(['x', '']);
  });
});

describe('replay', () => {
  const row = (station: string, seconds: number) => ({ station, time: seconds * 1000, values: [seconds] });
  const rows = [row('a', 100), row('b', 100), row('a', 700), row('b', 1300)];

  it('plays rows at their distance divided by the speed, from now on', async () => {
    const clock = new JumpingClock();
    const start = clock.ms;
    const source = new ReplaySource(rows, { speed: 600, loop: false }, { clock });
    expect(source.stations).toEqual(['a', 'b']);
    const readings = await taken(source, 10);
    expect(readings.map(({ station, observedAt, values }) => [station, observedAt - start, values[0]])).toEqual([
      ['a', 0, 100],
      ['b', 0, 100],
      ['a', 1000, 700],
      ['b', 2000, 1300],
    ]);
    expect(clock.ms).toBe(start + 2000);
  });

  it('loops without going back in time', async () => {
    const readings = await taken(new ReplaySource(rows, { speed: 600, loop: true }, { clock: new JumpingClock() }), 12);
    const times = readings.filter(({ station }) => station === 'a').map(({ observedAt }) => observedAt);
    expect(times).toHaveLength(6);
    for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1] as number);
  });
});

describe('simulate', () => {
  const options = { seed: 5, devices: 6, spoofers: 2, intervalMs: 1000 };
  const channels = [channel('pm25', { min: 0, max: 10_000 })];

  it('gives equal values for equal seeds, other values for others, all within the feed', async () => {
    const run = async (seed: number) =>
      (await taken(new SimulateSource(channels, { ...options, seed }, { clock: new JumpingClock() }), 60)).map(
        ({ values }) => values[0] as number,
      );
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
    for (const value of await run(5)) expect(value >= 0 && value <= 10_000).toBe(true);
  });

  it('honest devices agree, spoofers stand out', async () => {
    const readings = await taken(new SimulateSource(channels, options, { clock: new JumpingClock() }), 600);
    for (let tick = 0; tick < 100; tick++) {
      const values = readings.slice(6 * tick, 6 * tick + 6).map((reading) => reading.values[0] as number);
      const honest = values.slice(0, 4);
      expect(Math.max(...honest) - Math.min(...honest)).toBeLessThan(1000);
      expect(Math.min(...values.slice(4))).toBeGreaterThan(9000);
    }
  });
});

describe('host', () => {
  const sample = (atMs: number, parts: Partial<HostSample> = {}): HostSample => ({
    atMs,
    load: [0.5, 0.4, 0.3],
    memoryUsedPercent: 42.25,
    uptimeSeconds: 99,
    cpuBusyMs: atMs / 4,
    cpuTotalMs: atMs,
    temperature: 51.5,
    network: { received: atMs * 2, sent: atMs },
    ...parts,
  });

  it('gives one reading an interval, rates as differences', async () => {
    const clock = new JumpingClock();
    const names = ['load1', 'cpu_used', 'memory_used', 'temperature', 'network_rx', 'network_tx_total'];
    const channels = names.map((name) => channel(name, { exponent: -1 }));
    const source = new HostSource(channels, { intervalMs: 1000, station: 'me' }, { clock, sample });
    const start = clock.ms;
    const readings = await taken(source, 2);
    expect(readings).toEqual(
      [1, 2].map((n) => ({
        station: 'me',
        observedAt: start + n * 1000,
        values: [5, 250, 423, 515, 20_000, (start + n * 1000) * 10],
      })),
    );
  });

  it('refuses channels that it does not know, or that this machine has not', () => {
    const dependencies = {
      clock: new JumpingClock(),
      sample: (atMs: number) => sample(atMs, { temperature: undefined }),
    };
    for (const name of ['nonsense', 'temperature']) {
      expect(() => new HostSource([channel(name)], { intervalMs: 1 }, dependencies)).toThrow(
        expect.objectContaining({ code: 'COMMAND_CHANNEL_UNKNOWN' }),
      );
    }
  });

  it('reads this machine, and the zones and counters of any Linux', async () => {
    const thermal = join(directory, 'thermal');
    for (const [zone, text] of [
      ['thermal_zone0', '41500\n'],
      ['thermal_zone1', '52250\n'],
      ['thermal_zone2', 'broken'],
      ['cooling_device0', '99999'],
    ]) {
      await mkdir(join(thermal, zone as string), { recursive: true });
      await writeFile(join(thermal, zone as string, 'temp'), text as string);
    }
    const network = join(directory, 'dev');
    await writeFile(
      network,
      'Inter-|   Receive\n face |bytes\n    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0\nwlan0:7 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n',
    );
    const here = sampleHost(5, { thermal, network });
    expect(here).toMatchObject({ atMs: 5, temperature: 52.25, network: { received: 107, sent: 33 } });
    expect(here.memoryUsedPercent > 0 && here.memoryUsedPercent < 100 && here.uptimeSeconds > 0).toBe(true);
    expect(sampleHost(5, { thermal: join(directory, 'none'), network: join(directory, 'none') })).toMatchObject({
      temperature: undefined,
      network: undefined,
    });
  });

  it('offers feeds that it can fill', () => {
    const [machine, temperature] = hostFeeds(sample(0));
    expect([machine?.id, temperature?.id]).toEqual(['machine', 'temperature']);
    expect(
      hostFeeds(sample(0, { temperature: undefined, network: undefined }))[0]?.channels.map(({ name }) => name),
    ).toEqual(['load1', 'cpu_used', 'memory_used']);
  });
});
