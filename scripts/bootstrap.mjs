/**
 * The door of the project: `npm start` and `npm test` come through here, on any Node from 20 up, with nothing installed.
 * It installs the pinned packages when they are missing or old, finds a Node >= 24 and hands over to it.
 * Everything it says goes to stderr, so that stdout belongs to the command (`--json` stays clean).
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETUP_ERRORS } from './setup-errors.mjs';

const NODE_MAJOR_MIN = 24;
const PNPM = 'pnpm@10.34.9';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  if (!(error.code in SETUP_ERRORS)) throw error;
  say(`${error.code}: ${error.message}\n  remedy: ${SETUP_ERRORS[error.code].remedy}`);
  process.exitCode = 1;
}

async function main(command, args) {
  if (command !== 'start' && command !== 'test') throw refusal('SETUP_COMMAND_UNKNOWN', `unknown command ${command}`);
  await installWhenNeeded();
  const node = findNode();
  return command === 'start' ? run(node, ['node/src/main.ts', 'devnet', ...args]) : test(node, args);
}

/** Installs when the stamp inside node_modules does not carry the hash of the lockfile. */
async function installWhenNeeded() {
  const lockfile = join(root, 'pnpm-lock.yaml');
  if (!existsSync(lockfile)) throw refusal('SETUP_LOCKFILE_MISSING', 'pnpm-lock.yaml is missing');
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  const stamp = join(modules, '.cairn-lockfile-hash');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing the pinned packages (first run or changed lockfile, about a minute) ...');
  const startedMs = performance.now();
  await install();
  writeFileSync(stamp, wanted);
  say(`installed in ${seconds(startedMs)}`);
}

async function install() {
  const options = ['--frozen-lockfile', '--prod=false', '--reporter=append-only', '--config.confirmModulesPurge=false'];
  const child = spawn('npx', ['-y', PNPM, 'install', ...options], {
    cwd: root,
    // stdout of the installer is noise to whoever reads ours
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  const code = await exitOf(child);
  if (code !== 0) throw refusal('SETUP_PACKAGES_MISSING', `the installer ended with code ${code}`);
}

/** The running Node when it is new enough, else the one that the registry package brought; never the .bin wrapper. */
function findNode() {
  if (majorOf(process.versions.node) >= NODE_MAJOR_MIN) return process.execPath;
  const packaged = join(modules, `node-linux-${process.arch}`, 'bin', 'node');
  if (process.platform === 'linux' && existsSync(packaged)) {
    const answer = spawnSync(packaged, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    if (answer.status === 0 && majorOf(answer.stdout) >= NODE_MAJOR_MIN) return packaged;
  }
  throw refusal('SETUP_RUNTIME_MISSING', `Cairn needs Node >= ${NODE_MAJOR_MIN}, this is ${process.versions.node}`);
}

function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** Type check, lint, tests; stops at the first red and always closes with one countable line. */
async function test(node, args) {
  const stages = [
    ['typecheck', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']],
    ['lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ];
  for (const [name, stageArgs] of stages) {
    const code = await timed(name, () => run(node, stageArgs));
    if (code !== 0) {
      console.log(`0 passed, 1 failed (${name})`);
      return code;
    }
  }
  return unitTests(node, args);
}

async function unitTests(node, args) {
  const scratch = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  const report = join(scratch, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await timed('tests', () => run(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args]));
  const counts = countTests(report);
  rmSync(scratch, { recursive: true, force: true });
  for (const name of counts.retried) console.log(`needed a second try: ${name}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
  // a red count can never end green, whatever the runner said
  return code === 0 && counts.failed > 0 ? 1 : code;
}

/** A test file that does not even load has no tests to count: it counts as one failure. */
function countTests(report) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, retried: [] };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const broken = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const all = result.testResults.flatMap((file) => file.assertionResults);
  const retried = all.filter(({ status, failureMessages }) => status === 'passed' && failureMessages?.length > 0);
  return {
    retried: retried.map(({ fullName }) => fullName),
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken.length,
    skipped: result.numPendingTests + (result.numTodoTests ?? 0),
  };
}

async function timed(name, work) {
  const startedMs = performance.now();
  const code = await work();
  say(`${name} ${code === 0 ? 'green' : `RED (code ${code})`} in ${seconds(startedMs)}`);
  return code;
}

/** Runs Node with our terminal; `node` means the same binary for everything below it. */
function run(node, args) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return exitOf(spawn(node, args, { cwd: root, stdio: 'inherit', env }));
}

/** @returns the exit code of `child`, 128 + n when signal n ended it; passes our own signals on to it. */
function exitOf(child) {
  const lastAtMs = new Map();
  const pass = (signal) => {
    // npm and the terminal may both deliver one Ctrl-C: the child hears of it once a second
    const nowMs = performance.now();
    if (nowMs - (lastAtMs.get(signal) ?? Number.NEGATIVE_INFINITY) < 1000) return;
    lastAtMs.set(signal, nowMs);
    // a terminal sends Ctrl-C to the whole foreground group, so the child already has it
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const watch = watchParent(() => pass('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(refusal('SETUP_PACKAGES_MISSING', cause.message)));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const each of signals) process.off(each, pass);
      resolve(signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}

/**
 * npm hands a signal to the shell that it put between itself and us, and that shell dies without telling us.
 * Losing our parent is then the only sign that we should end; outside of npm it means nothing.
 */
function watchParent(onLost) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && onLost(), 250);
}

function refusal(code, message) {
  return Object.assign(new Error(message), { code });
}

function seconds(startedMs) {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}

function say(line) {
  process.stderr.write(`cairn: ${line}\n`);
}
