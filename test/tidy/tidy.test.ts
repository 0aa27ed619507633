// Goal: the house rules hold for every file. Each rule answers with findings; the report names file, line and remedy.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readErrorTables } from '../../scripts/docs/error-tables.ts';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { checkArchitecture, checkNamedPaths } from './architecture-page.ts';
import { checkBannedNames } from './banned-names.ts';
import { type Finding, report } from './finding.ts';
import { checkFloors } from './floors.ts';
import { checkHomes } from './homes.ts';
import { checkMachineNames } from './machine-names.ts';
import { checkSizes, measure } from './sizes.ts';
import { listFiles, readSources, root } from './source-tree.ts';
import { checkThrownCodes } from './thrown-codes.ts';
import { checkUnreferenced } from './unreferenced.ts';
import { checkUnsetMetrics } from './unset-metrics.ts';

const paths = listFiles();
const sources = readSources();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

function expectNone(findings: readonly Finding[]): void {
  expect(report(findings)).toBe('');
}

describe('tidy: sources', () => {
  test('imports go strictly down the floors', () => expectNone(checkFloors(sources)));
  test('third-party packages stay at home', () => expectNone(checkHomes(sources)));
  test('pure floors name nothing of their host', () => expectNone(checkBannedNames(sources)));
  test('nothing long grows', () =>
    expectNone(checkSizes(measure(sources), JSON.parse(read('test/tidy/file-sizes.json')))));
  test('every file is used', () => {
    const manifests = paths.filter((path) => path.endsWith('package.json'));
    expectNone(checkUnreferenced(sources, new Map(manifests.map((path) => [path, read(path)]))));
  });
  test('every declared metric is set', () => expectNone(checkUnsetMetrics(sources)));
  test('no file names a machine', () => {
    const texts = paths.filter((path) =>
      /\.(?:[cm]?[jt]s|json|ya?ml|md|sh|html|css|toml|rs)$|\/run$|Dockerfile/.test(path),
    );
    expectNone(texts.flatMap((path) => checkMachineNames(path, read(path))));
  });
});

describe('tidy: error codes', async () => {
  const tables = await readErrorTables(root);
  const codes = tables.flatMap((table) => Object.keys(table.codes));

  test('every thrown code is in a table', () => expectNone(checkThrownCodes(sources, new Set(codes))));
  test('no code stands in two tables', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });
  test('every code is SCREAMING_SNAKE and says meaning and remedy', () => {
    for (const table of tables) {
      for (const [code, { meaning, remedy }] of Object.entries(table.codes)) {
        expect(code, table.room).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/);
        expect(meaning.length * remedy.length, `${code} lacks meaning or remedy`).toBeGreaterThan(0);
      }
    }
  });
});

describe('tidy: docs', async () => {
  for (const [path, text] of await generatedPages(root)) {
    test(`${path} is equal to the code`, () => {
      const lines = (existsSync(join(root, path)) ? read(path) : '').split('\n');
      const different = text.split('\n').findIndex((line, index) => line !== lines[index]);
      const message = 'is not what the code says';
      if (lines.join('\n') !== text) expectNone([{ path, line: different + 1, message, remedy: 'run pnpm run docs' }]);
    });
  }
  test.runIf(existsSync(join(root, 'docs/ARCHITECTURE.md')))(
    'docs/ARCHITECTURE.md names every package, and only paths that exist',
    () => {
      const packages = readdirSync(join(root, 'packages'));
      const exists = (path: string): boolean => existsSync(join(root, path));
      expectNone(checkArchitecture(read('docs/ARCHITECTURE.md'), packages, exists));
    },
  );
  test('decisions and the protocol name only paths that exist', () => {
    const exists = (path: string): boolean => existsSync(join(root, path));
    const pages = paths.filter((path) => /^docs\/(?:adr\/.*|protocol)\.md$/.test(path));
    expect(pages.length).toBeGreaterThan(10);
    expectNone(pages.flatMap((page) => checkNamedPaths(page, read(page), exists)));
  });
});
