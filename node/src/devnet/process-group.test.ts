// Goal: no process outlives the devnet, however either ends. Method: real children that behave and that do not.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepRunning } from './keeper.ts';
import { LogFile } from './log-file.ts';
import { type Child, ProcessGroup } from './process-group.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cairn-group-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function program(name: string, text: string): string {
  const path = join(dir, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

const WELL_BEHAVED = "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0)); console.log('up');";
const STUBBORN = "setInterval(() => {}, 1000); process.on('SIGTERM', () => {}); console.log('up');";

/** Resolves when the child has said its first line. */
function startUp(group: ProcessGroup, name: string, text: string): Promise<Child> {
  return new Promise((resolve) => {
    const child = group.start({
      name,
      args: [program(name, text)],
      logPath: join(dir, `${name}.log`),
      onOutput: () => queueMicrotask(() => resolve(child)),
    });
  });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('ProcessGroup', () => {
  test('ends those that listen, and makes those that do not', async () => {
    const group = new ProcessGroup();
    const children = [await startUp(group, 'good', WELL_BEHAVED), await startUp(group, 'stubborn', STUBBORN)];
    await group.stop(300);
    const exits = await Promise.all(children.map(({ exited }) => exited));
    expect(exits).toEqual([
      { code: 0, signal: null },
      { code: null, signal: 'SIGKILL' },
    ]);
    expect(() => group.start({ name: 'late', args: [], logPath: join(dir, 'late.log') })).toThrow();
  });

  test('keeps what they print, and their last lines', async () => {
    const group = new ProcessGroup();
    const child = group.start({
      name: 'talker',
      args: [program('talker', "console.log('out'); console.error('err');")],
      logPath: join(dir, 'talker.log'),
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.isAlive()).toBe(false);
    expect([...child.lastLines()].sort()).toEqual(['err', 'out']);
    expect(readFileSync(join(dir, 'talker.log'), 'utf8')).toBe('err\n');
  });

  test('a devnet that is killed takes its children along', async () => {
    const group = join(import.meta.dirname, 'process-group.ts');
    const text = [
      `const { ProcessGroup } = await import(${JSON.stringify(group)});`,
      'const group = new ProcessGroup();',
      `for (const path of ${JSON.stringify([program('leashed', WELL_BEHAVED), program('leashed-stubborn', STUBBORN)])}) {`,
      `  const child = group.start({ name: 'child', args: [path], logPath: ${JSON.stringify(join(dir, 'c.log'))},`,
      '    onOutput: () => console.log(child.pid) });',
      '}',
    ].join('\n');
    const outer = new ProcessGroup();
    const pids: number[] = [];
    const parent = await new Promise<Child>((resolve) => {
      const child = outer.start({
        name: 'parent',
        args: [program('parent', text)],
        logPath: join(dir, 'parent.log'),
        onOutput: (line) => {
          pids.push(Number(line));
          if (pids.length === 2) resolve(child);
        },
      });
    });
    expect(pids.every(isThere)).toBe(true);
    parent.kill('SIGKILL');
    await parent.exited;
    await expect.poll(() => pids.filter(isThere), { timeout: 10_000 }).toEqual([]);
  }, 20_000);
});

describe('keepRunning', () => {
  test('starts again what was killed', async () => {
    const group = new ProcessGroup();
    const ends: string[] = [];
    const pids: number[] = [];
    const spec = {
      name: 'kept',
      args: [program('kept', `${WELL_BEHAVED} console.log(process.pid);`)],
      logPath: join(dir, 'kept.log'),
      onOutput: (line: string) => line !== 'up' && pids.push(Number(line)),
    };
    const kept = keepRunning(spec, { group, onEnd: (name, why) => ends.push(`${name} ${why}`), restartDelayMs: 10 });
    await expect.poll(() => pids.length).toBe(1);
    process.kill(pids[0]!, 'SIGKILL');
    await expect.poll(() => pids.length, { timeout: 10_000 }).toBe(2);
    expect(kept.isAlive()).toBe(true);
    expect(ends).toEqual(['kept was ended by SIGKILL']);
    await group.stop();
    expect(kept.isAlive()).toBe(false);
  });

  test('gives up on what ends by itself, with its last lines', async () => {
    const group = new ProcessGroup();
    const spec = {
      name: 'broken',
      args: [program('broken', "console.error('no such file'); process.exit(3);")],
      logPath: join(dir, 'broken.log'),
    };
    const kept = keepRunning(spec, { group, onEnd: () => {}, restartDelayMs: 10 });
    await expect(kept.failed).rejects.toMatchObject({
      code: 'DEVNET_PROCESS_MISSING',
      message: expect.stringContaining('no such file'),
    });
  });
});

test('a log file is bounded', () => {
  const path = join(dir, 'bounded.log');
  const log = new LogFile(path, 100);
  for (let line = 0; line < 50; line++) log.write(`line ${line}`);
  expect(readFileSync(path, 'utf8').length).toBeLessThanOrEqual(100);
  expect(readFileSync(path, 'utf8')).toContain('line 49');
  expect(readFileSync(`${path}.old`, 'utf8').length).toBeLessThanOrEqual(100);
});
