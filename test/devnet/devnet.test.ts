// Goal: the main job, end to end, as a newcomer sees it. Method: the real command with real processes, from an empty
// directory: key generation over the network, devices, blocks, anchors, a separate verifier; then again on what it left.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../node/src/main.ts');
/** Generous: the machine may be busy with other things; what is measured is not time. */
const UNTIL_SECONDS = 150;
const TEST_TIMEOUT_MS = (UNTIL_SECONDS + 30) * 1000;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cairn-devnet-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Summary {
  readonly networkId: string;
  readonly groupKey: string;
  readonly height: number;
  readonly reports: number;
  readonly anchoredSlot: number;
  readonly anchorSignature: string;
  readonly verified: boolean;
  readonly seconds: number;
}

function startDevnet(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, 'devnet', '--data', dir, '--port-base', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly log: string;
}

function end(child: ChildProcess): Promise<Ended> {
  const texts = { output: '', log: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.log += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
}

async function untilAnchored(): Promise<Summary> {
  const { code, output, log } = await end(startDevnet('--until', 'anchored', '--timeout', String(UNTIL_SECONDS)));
  expect(code, log).toBe(0);
  expect(output.trim().split('\n'), 'one line on standard output').toHaveLength(1);
  expect(processesIn(dir), 'processes that were left').toEqual([]);
  return JSON.parse(output) as Summary;
}

/** Every process that was started for this directory: it stands in their arguments or environment. */
function processesIn(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const about = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return about.includes(path) && readlinkSync(`/proc/${pid}/exe`).includes('node');
      } catch {
        // gone meanwhile
        return false;
      }
    });
}

describe('cairn devnet', () => {
  let first: Summary;

  test(
    'reaches an anchored report of its own device, verified by a program of its own',
    async () => {
      first = await untilAnchored();
      expect(first).toMatchObject({
        networkId: expect.stringMatching(/^[0-9a-f]{64}$/),
        groupKey: expect.stringMatching(/^[0-9a-f]{64}$/),
        anchorSignature: expect.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{64,88}$/),
        verified: true,
      });
      expect(first.height).toBeGreaterThan(0);
      expect(first.reports).toBeGreaterThan(0);
      expect(first.anchoredSlot).toBeGreaterThan(0);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'a second start has the same key and goes on from the last height',
    async () => {
      const second = await untilAnchored();
      expect(second.networkId).toBe(first.networkId);
      expect(second.groupKey).toBe(first.groupKey);
      expect(second.height).toBeGreaterThan(first.height);
      // the embedded chain is another one at each start
      expect(second.anchorSignature).not.toBe(first.anchorSignature);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'Ctrl-C, delivered twice as under npm, ends every process that it started',
    async () => {
      const child = startDevnet();
      const ended = end(child);
      await new Promise<void>((resolve, reject) => {
        createInterface({ input: child.stdout! }).on('line', (line) => line.endsWith(' running') && resolve());
        child.once('close', () => reject(new Error('ended before it ran')));
      });
      expect(processesIn(dir).length).toBeGreaterThanOrEqual(7);
      child.kill('SIGINT');
      child.kill('SIGINT');
      const { code, log } = await ended;
      expect(code, log).toBe(0);
      expect(processesIn(dir)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'says what was missing when it does not get there in time',
    async () => {
      const { code, output, log } = await end(startDevnet('--until', 'anchored', '--timeout', '1'));
      expect(code).toBe(1);
      expect(output).toBe('');
      expect(log).toContain('DEVNET_TIMEOUT');
      expect(processesIn(dir)).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  test('does not touch a directory that is not its own, nor one that was made for other members', async () => {
    const precious = mkdtempSync(join(tmpdir(), 'cairn-precious-'));
    writeFileSync(join(precious, 'thesis.txt'), 'years of work');
    const foreign = await end(startDevnet('--data', precious, '--clean'));
    expect(foreign).toMatchObject({ code: 4, log: expect.stringContaining('DEVNET_DATA_MISMATCH') });
    expect(readdirSync(precious)).toEqual(['thesis.txt']);
    rmSync(precious, { recursive: true });
    const other = await end(startDevnet('--nodes', '5'));
    expect(other).toMatchObject({ code: 4, log: expect.stringContaining('DEVNET_DATA_MISMATCH') });
  }, 60_000);
});
