// Goal: the door of the project starts the right program, keeps stdout clean, and passes signals and exit codes.
// Method: a made-up tree with the real script, a stamp that says "installed", and a program that says what it was given.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tree = mkdtempSync(join(tmpdir(), 'cairn-bootstrap-'));
const script = join(tree, 'scripts/bootstrap.mjs');

const PROGRAM = `
const [, , ...args] = process.argv;
if (args.includes('--fail')) process.exitCode = 3;
if (args.includes('--wait')) {
  setInterval(() => {}, 1000);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(signal === 'SIGINT' ? 8 : 7));
}
// the line says that the program is ready, so it comes last
console.log(JSON.stringify({ args, node: process.versions.node }));
`;

beforeAll(() => {
  cpSync(join(root, 'scripts'), join(tree, 'scripts'), { recursive: true });
  mkdirSync(join(tree, 'node/src'), { recursive: true });
  mkdirSync(join(tree, 'node_modules'));
  writeFileSync(join(tree, 'node/src/main.ts'), PROGRAM);
  writeFileSync(join(tree, 'pnpm-lock.yaml'), 'lock');
  writeFileSync(join(tree, 'node_modules/.cairn-lockfile-hash'), createHash('sha256').update('lock').digest('hex'));
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bootstrap(args: readonly string[], node = process.execPath): Promise<Run> {
  const child = spawn(node, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk));
  const [code] = await once(child, 'close');
  return { code, ...text };
}

async function untilReady(child: ChildProcess): Promise<void> {
  await once(createInterface({ input: child.stdout! }), 'line');
}

describe('start', () => {
  test('hands its arguments to `devnet`, with nothing else on stdout', async () => {
    const { code, stdout } = await bootstrap(['start', '--until', 'anchored', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ args: ['devnet', '--until', 'anchored', '--json'] });
  });

  test('ends with the exit code of the program', async () => {
    expect((await bootstrap(['start', '--fail'])).code).toBe(3);
  });

  test.each([
    ['SIGTERM', 7],
    ['SIGINT', 8],
  ] as const)('passes %s on and waits for the program to end', async (signal, code) => {
    const child = spawn(process.execPath, [script, 'start', '--wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await untilReady(child);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
  });
});

describe('refusals name a code and a remedy', () => {
  test('SETUP_COMMAND_UNKNOWN', async () => {
    const { code, stdout, stderr } = await bootstrap(['dance']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/SETUP_COMMAND_UNKNOWN: .*\n\s+remedy: Use `npm start`/);
  });

  const old = oldNode();
  test.skipIf(old === undefined)('SETUP_RUNTIME_MISSING (skipped where every Node is new)', async () => {
    const { code, stderr } = await bootstrap(['start'], old);
    expect(code).toBe(1);
    expect(stderr).toContain('SETUP_RUNTIME_MISSING');
  });
});

/** @returns a Node older than 24 of this machine, if it has one. */
function oldNode(): string | undefined {
  for (const candidate of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      if (Number.parseInt(execFileSync(candidate, ['-p', 'process.versions.node'], { encoding: 'utf8' }), 10) < 24)
        return candidate;
    } catch {
      // not there: try the next one
    }
  }
  return undefined;
}
