// Goal: every rule of the tidy test is seen to fail. Method: small made-up files, each breaking one rule.
import { describe, expect, test } from 'vitest';
import { checkArchitecture } from './architecture-page.ts';
import { checkBannedNames } from './banned-names.ts';
import { blank } from './blank.ts';
import type { Finding } from './finding.ts';
import { checkFloors } from './floors.ts';
import { checkHomes } from './homes.ts';
import { checkMachineNames } from './machine-names.ts';
import { checkSizes, measure } from './sizes.ts';
import { sourceFile } from './source-tree.ts';
import { checkThrownCodes } from './thrown-codes.ts';
import { checkUnreferenced } from './unreferenced.ts';
import { checkUnsetMetrics } from './unset-metrics.ts';

const file = (path: string, text: string) => sourceFile(path, text);
const imports = (path: string, specifier: string) => [file(path, `import { x } from '${specifier}';\n`)];
const lines = (findings: readonly Finding[]): string[] => findings.map(({ path, line }) => `${path}:${line}`);

describe('blank', () => {
  test('keeps offsets and hides comments, strings and regular expressions', () => {
    const source = "const a = 'Date.now'; // Date.now\n/* Date.now */ const r = /\"Date.now/g;\nDate.now();\n";
    const code = blank(source);
    expect(code).toHaveLength(source.length);
    expect([...code.matchAll(/Date\.now/g)].map((match) => match.index)).toEqual([source.lastIndexOf('Date.now')]);
  });
  test('sees code inside template substitutions, nested ones too', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is the subject
    const code = blank('const t = `Date.now ${f({ a: `${Date.now()} x` })} Math.random`; Math.random();');
    expect(code.match(/Date\.now/g)).toHaveLength(1);
    expect(code.match(/Math\.random/g)).toHaveLength(1);
  });
  test('tells division from a regular expression', () => {
    expect(blank("const half = size / 2; const q = 'a' + b / 'c';")).toContain("b / ' '");
  });
});

describe('floors', () => {
  test.each([
    ['packages/crypto/src/a.ts', '@cairn/protocol'],
    ['packages/consensus/src/a.ts', '@cairn/ledger'],
    ['packages/consensus/src/a.ts', '@cairn/nowhere'],
    ['packages/consensus/src/a.ts', '@cairn/consensus'],
    ['packages/consensus/src/a.ts', '../../ledger/src/a.ts'],
    ['packages/network/src/a.ts', '@cairn/telemetry'],
    ['packages/attic/src/a.ts', './b.ts'],
    ['aggregator/src/a.ts', '@cairn/node'],
  ])('%s may not import %s', (path, specifier) => {
    expect(lines(checkFloors(imports(path, specifier)))).toEqual([`${path}:1`]);
  });
  test.each([
    ['packages/consensus/src/a.ts', '@cairn/protocol'],
    ['packages/consensus/src/a.test.ts', '@cairn/ledger'],
    ['packages/consensus/src/a.test.ts', '@cairn/replica/testing'],
    ['packages/simulator/src/a.ts', '@cairn/replica'],
    ['node/src/a.ts', '@cairn/aggregator'],
    ['test/a.ts', '../scripts/b.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(checkFloors(imports(path, specifier))).toEqual([]);
  });
  test('finds imports of several lines, re-exports, types and dynamic imports', () => {
    const text = [
      'import {\n  x,\n} from "@cairn/node";',
      'export * from "@cairn/node";',
      'import type { T } from "@cairn/node";',
      'await import("@cairn/node");',
      'import "@cairn/node";',
    ].join('\n');
    expect(lines(checkFloors([file('packages/http/src/a.ts', text)])).map((each) => each.split(':')[1])).toEqual([
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });
});

describe('homes', () => {
  test.each([
    ['packages/http/src/a.ts', 'libp2p'],
    ['packages/http/src/a.ts', '@multiformats/multiaddr'],
    ['packages/storage/src/a.ts', '@noble/hashes/sha2.js'],
    ['packages/client/src/a.ts', 'vitest'],
    ['packages/network/src/a.ts', 'node:sqlite'],
    ['packages/network/src/a.ts', 'left-pad'],
    ['packages/verify/src/a.test.ts', 'fastify'],
  ])('%s may not import %s', (path, specifier) => {
    expect(lines(checkHomes(imports(path, specifier)))).toEqual([`${path}:1`]);
  });
  test.each([
    ['packages/network/src/a.ts', '@chainsafe/libp2p-noise'],
    ['packages/verify/src/a.test.ts', '@noble/curves/ed25519.js'],
    ['packages/storage/src/a.ts', 'node:fs'],
    ['test/a.test.ts', 'sodium-native'],
  ])('%s may import %s', (path, specifier) => {
    expect(checkHomes(imports(path, specifier))).toEqual([]);
  });
});

test('Buffer.from is no import', () => {
  expect(checkHomes([file('packages/http/src/a.ts', "Buffer.from('left-pad');")])).toEqual([]);
});

describe('banned names', () => {
  test.each([
    ['replica', 'const t = Date.now();'],
    ['replica', 'const t = new Date();'],
    ['client', 'setTimeout(f, 1);'],
    ['verify', 'console.log(1);'],
    ['verify', 'if (process.env.X) f();'],
    ['verify', 'const r = Math.random();'],
    ['verify', 'crypto.getRandomValues(b);'],
    ['replica', 'export async function f() {}'],
    ['crypto', 'const p: Promise<void> = q;'],
    ['ledger', 'const x = 10 ** 3;'],
    ['ledger', 'const x = Math.sqrt(2);'],
    ['http', 'a.localeCompare(b);'],
  ])('%s may not say %s', (room, code) => {
    const path = `packages/${room}/src/a.ts`;
    expect(lines(checkBannedNames([file(path, `// first\n${code}\n`)])).at(0)).toBe(`${path}:2`);
  });
  test.each([
    ['packages/device/src/a.ts', 'await fetch(url);'],
    ['packages/ledger/src/a.ts', 'const x = 10n ** decimals;'],
    ['packages/verify/src/a.ts', 'const d = new Date(atMs); // Date.now'],
    ['packages/verify/src/a.test.ts', 'setTimeout(f, 1);'],
    ['packages/network/src/a.ts', 'setTimeout(f, 1);'],
  ])('%s may say %s', (path, code) => {
    expect(checkBannedNames([file(path, code)])).toEqual([]);
  });
  test('Node modules and the toy scheme', () => {
    expect(checkBannedNames(imports('packages/crypto/src/sha.ts', 'node:crypto'))).toHaveLength(1);
    expect(checkBannedNames(imports('packages/crypto/src/sha-node.ts', 'node:crypto'))).toEqual([]);
    expect(checkBannedNames(imports('node/src/a.ts', '@cairn/threshold/toy'))).toHaveLength(1);
    expect(checkBannedNames(imports('packages/simulator/src/a.ts', '@cairn/threshold/toy'))).toEqual([]);
  });
});

describe('sizes', () => {
  const body = '  x();\n'.repeat(59);
  test.each([
    ['f', `function f(a: number): Map<string, number> {\n${body}}\n`],
    ['g', `class C {\n  async g(a = { b: 1 }) {\n${body}}\n}\n`],
    ['h', `const h = (a: number) => {\n${body}};\n`],
  ])('counts the function %s', (name, text) => {
    expect(measure([file('node/src/a.ts', text)])).toEqual({ [`node/src/a.ts#${name}`]: 61 });
  });
  test('a loop, a class and a short function are no long functions', () => {
    const text = `class C {\n${'  m() {\n  }\n'.repeat(40)}}\nfor (;;) {\n${body}\n}\nconst o = {\n${body}\n};\n`;
    expect(measure([file('node/src/a.ts', text)])).toEqual({});
  });
  test('what is recorded may shrink, not grow, and shrinking is recorded', () => {
    const long = measure([file('node/src/a.ts', 'x();\n'.repeat(400))]);
    expect(checkSizes(long, {})).toHaveLength(1);
    expect(checkSizes(long, { 'node/src/a.ts': 400 })).toEqual([]);
    expect(checkSizes(long, { 'node/src/a.ts': 399 })).toHaveLength(1);
    expect(checkSizes(long, { 'node/src/a.ts': 401 })).toHaveLength(1);
  });
});

describe('unreferenced files', () => {
  const manifests = new Map([['packages/http/package.json', '{"exports":{".":"./src/index.ts"}}']]);
  test('a file that only its own test uses is dead', () => {
    const files = [
      file('packages/http/src/index.ts', "export * from './used.ts';\nnew URL('./worker.ts', import.meta.url);"),
      file('packages/http/src/used.ts', ''),
      file('packages/http/src/worker.ts', ''),
      file('packages/http/src/dead.ts', ''),
      file('packages/http/src/dead.test.ts', "import './dead.ts';"),
    ];
    expect(lines(checkUnreferenced(files, manifests))).toEqual(['packages/http/src/dead.ts:0']);
  });
});

describe('names of machines', () => {
  test.each([
    ['cd /', 'work/main'],
    ['"/', 'root/.npmrc"'],
    ['https://registry.', 'example.org/left-pad'],
  ])('refuses %s%s', (start, end) => {
    expect(checkMachineNames('a.md', `\n${start}${end}`).map(({ line }) => line)).toEqual([2]);
  });
  test('lets addresses and relative paths pass', () => {
    expect(checkMachineNames('a.md', 'https://example.org/home/page ../work/x docs/root/x')).toEqual([]);
  });
});

test('a declared metric that only its declaration and a test name is found, on its line', () => {
  const declared = file('packages/telemetry/src/definitions/a.ts', 'x = {\n  cairn_a: {},\n  cairn_b: {},\n};\n');
  const sets = file('node/src/a.ts', "metrics.gauge('cairn_a').set(1);");
  const tests = file('node/src/a.test.ts', "metrics.gauge('cairn_b').set(1);");
  expect(lines(checkUnsetMetrics([declared, sets, tests]))).toEqual(['packages/telemetry/src/definitions/a.ts:3']);
});

test('a thrown code without an entry is found, on its line', () => {
  const source = file('node/src/a.ts', "\nthrow new CairnError(\n  'NODE_X_MISSING', 'no x');\nnew Error('plain');\n");
  expect(lines(checkThrownCodes([source], new Set()))).toEqual(['node/src/a.ts:2']);
  expect(checkThrownCodes([source], new Set(['NODE_X_MISSING']))).toEqual([]);
});

test('ARCHITECTURE.md: a package that is not named and a path that is not there', () => {
  const text = 'The floor of `crypto` and\n`packages/gone/src/a.ts`, see [one](adr/001-one.md).\n';
  const findings = checkArchitecture(text, ['crypto', 'merkle'], (path) => path === 'docs/adr/001-one.md');
  expect(findings.map(({ message }) => message)).toEqual([
    'does not name `merkle`',
    'packages/gone/src/a.ts does not exist',
  ]);
});
