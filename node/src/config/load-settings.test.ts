import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings, MEMBER_PROFILE } from './load-settings.ts';
import type { Setting } from './setting-kinds.ts';
import { SETTINGS } from './settings.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cairn-settings-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(file: string | null, environment: Record<string, string> = {}, flags: Record<string, string> = {}) {
  const path = join(directory, 'node.yaml');
  if (file !== null) writeFileSync(path, file);
  return loadSettings(MEMBER_PROFILE, { flags: { data: directory, ...flags }, environment });
}

describe('settings', () => {
  test('flags go before the environment, that before the file, that before the default', () => {
    const file = 'schemaVersion: 1\nhttp:\n  listen: 127.0.0.1:1\nname: from-file\nbatchInterval: 50ms\n';
    const { settings, sources } = load(
      file,
      { CAIRN_HTTP_LISTEN: '127.0.0.1:2', CAIRN_NAME: 'from-env' },
      { 'http.listen': '127.0.0.1:3' },
    );
    expect(settings).toMatchObject({ 'http.listen': '127.0.0.1:3', name: 'from-env', batchInterval: '50ms' });
    expect(sources).toMatchObject({
      'http.listen': 'flag',
      name: 'environment',
      batchInterval: 'file',
      genesis: 'default',
    });
  });

  test('a named file stands in the directory of its member', () => {
    const path = join(directory, 'mine.yaml');
    writeFileSync(path, 'schemaVersion: 1\n');
    expect(loadSettings(MEMBER_PROFILE, { flags: {}, environment: {}, configFile: path }).settings.data).toBe(
      directory,
    );
    expect(
      loadSettings(MEMBER_PROFILE, { flags: {}, environment: { CAIRN_DATA: '/x' }, configFile: path }).settings.data,
    ).toBe('/x');
  });

  test.each([
    ['CONFIG_KEY_UNKNOWN', 'schemaVersion: 1\nhttp:\n  lisen: x\n'],
    ['CONFIG_KEY_UNKNOWN', 'schemaVersion: 1\nfoo: 1\n'],
    ['CONFIG_VERSION_MISMATCH', 'name: x\n'],
    ['CONFIG_VERSION_MISMATCH', 'schemaVersion: 2\n'],
    ['CONFIG_FILE_MALFORMED', 'a: [\n'],
    ['CONFIG_FILE_MALFORMED', '- a\n'],
    ['CONFIG_FILE_MALFORMED', 'a: 1\na: 2\n'],
    ['CONFIG_VALUE_INVALID', 'schemaVersion: 1\nbatchInterval: 5\n'],
    ['CONFIG_VALUE_INVALID', 'schemaVersion: 1\nhttp: { listen: "127.0.0.1" }\n'],
    ['CONFIG_VALUE_INVALID', 'schemaVersion: 1\np2p: { listen: ["127.0.0.1:4001"] }\n'],
    ['CONFIG_VALUE_INVALID', 'schemaVersion: 1\nlog: { level: loud }\n'],
  ])('%s: %j', (code, file) => {
    expect(() => load(file)).toThrow(expect.objectContaining({ code }));
  });

  test('a named file must be there', () => {
    const configFile = join(directory, 'none.yaml');
    const input = { flags: {}, environment: {}, configFile };
    expect(() => loadSettings(MEMBER_PROFILE, input)).toThrow(expect.objectContaining({ code: 'CONFIG_FILE_MISSING' }));
  });

  test('everything listens on this machine alone unless told otherwise', () => {
    const { settings } = load(null);
    expect(settings['http.listen']).toMatch(/^127\.0\.0\.1:/);
    expect(settings['p2p.listen'].every((address) => address.startsWith('/ip4/127.0.0.1/'))).toBe(true);
    expect(settings['metrics.listen']).toBeNull();
  });

  test('every default is a value that the setting takes', () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      const { kind, default: value } = setting as Setting<unknown>;
      if (value !== null) expect(kind.read(value), name).toEqual(value);
    }
  });
});
