import { readdirSync, readFileSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { join } from 'node:path';

/** Counters of this machine at one moment; what is absent here is undefined. */
export interface HostSample {
  readonly atMs: number;
  readonly load: readonly number[];
  readonly memoryUsedPercent: number;
  readonly uptimeSeconds: number;
  /** Of all processors together, milliseconds. */
  readonly cpuBusyMs: number;
  readonly cpuTotalMs: number;
  /** Degrees Celsius: the warmest zone. */
  readonly temperature: number | undefined;
  /** Bytes since the start of the machine, loopback left out. */
  readonly network: { readonly received: number; readonly sent: number } | undefined;
}

/** Paths of the machine's own counters; tests point them elsewhere. */
export interface HostPaths {
  readonly thermal: string;
  readonly network: string;
}

export const HOST_PATHS: HostPaths = { thermal: '/sys/class/thermal', network: '/proc/net/dev' };

/** Reads this machine, as it is now. */
export function sampleHost(atMs: number, paths: HostPaths = HOST_PATHS): HostSample {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const total = times.reduce((sum, { user, nice, sys, idle: rest, irq }) => sum + user + nice + sys + rest + irq, 0);
  return {
    atMs,
    load: loadavg(),
    memoryUsedPercent: 100 * (1 - availableMemory() / totalmem()),
    uptimeSeconds: uptime(),
    cpuBusyMs: total - idle,
    cpuTotalMs: total,
    temperature: warmestZone(paths.thermal),
    network: networkCounters(paths.network),
  };
}

/** Memory that programs could have: caches count as free, where the kernel says how much. */
function availableMemory(): number {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf('/proc/meminfo') ?? '');
  return match === null ? freemem() : Number(match[1]) * 1024;
}

function warmestZone(directory: string): number | undefined {
  const degrees = namesIn(directory)
    .filter((name) => name.startsWith('thermal_zone'))
    .map((name) => textOf(join(directory, name, 'temp'))?.trim())
    .filter((text) => text !== undefined && /^-?\d+$/.test(text))
    .map((text) => Number(text) / 1000);
  return degrees.length === 0 ? undefined : Math.max(...degrees);
}

function networkCounters(path: string): { received: number; sent: number } | undefined {
  const rows = (textOf(path) ?? '').split('\n').flatMap((line) => {
    const match = /^\s*([^:\s]+):\s*(\d+)(?:\s+\d+){7}\s+(\d+)/.exec(line);
    return match === null || match[1] === 'lo' ? [] : [{ received: Number(match[2]), sent: Number(match[3]) }];
  });
  if (rows.length === 0) return undefined;
  return rows.reduce((sum, row) => ({ received: sum.received + row.received, sent: sum.sent + row.sent }));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** A counter that cannot be read is absent, whatever the reason. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
