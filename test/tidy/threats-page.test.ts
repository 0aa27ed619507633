// Goal: no adversary without a rule and a test in docs/threats.md. Method: the page itself, and pages that break the rule.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { report } from './finding.ts';
import { root } from './source-tree.ts';
import { checkThreats } from './threats-page.ts';

const read = (path: string): string | null =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;

test('every adversary has its row, and a test that shows it', () => {
  const files = readdirSync(join(root, 'packages/simulator/src/adversaries'));
  expect(files.length).toBeGreaterThan(20);
  expect(report(checkThreats(read('docs/threats.md') ?? '', files, read))).toBe('');
});

describe('the rule is seen to fail', () => {
  const page = (name: string, shownBy: string) => `| ${name} | lies | a rule | ${shownBy} |`;
  const tests = new Map([['a.test.ts', "it('withstands the liar', () => {})"]]);
  const check = (text: string) =>
    checkThreats(text, ['liar.ts', 'index.ts', 'liar.test.ts'], (path) => tests.get(path) ?? null);

  test.each([
    ['without a row', page('another', '`a.test.ts`'), 'has no row for liar'],
    ['without a test', page('liar', ''), 'names no test that speaks of liar'],
    ['with a test that is not there', page('liar', '`b.test.ts`'), 'b.test.ts does not exist'],
  ])('%s', (_, text, message) => {
    expect(check(text).map((finding) => finding.message)).toEqual([message]);
  });

  test('and to hold', () => {
    expect(check(page('other, liar', '`a.test.ts`'))).toEqual([]);
  });

  test('a test that speaks of something else does not count', () => {
    tests.set('c.test.ts', 'nothing of it');
    expect(check(page('liar', '`c.test.ts`'))).toHaveLength(1);
  });
});
