import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DevnetData } from './devnet-data.ts';
import { devnetFeeds } from './devnet-feeds.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cairn-devnet-data-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const plan = {
  networkName: 'test',
  nodes: 1,
  feeds: devnetFeeds(),
  blockIntervalMs: 100,
  p2pPorts: [4001],
};

describe('the data of a devnet', () => {
  it('is made anew as long as there is no key', () => {
    DevnetData.open(dir, plan, { isClean: false }).close();
    writeFileSync(join(dir, 'logs', 'old.log'), '');
    DevnetData.open(dir, plan, { isClean: false }).close();
    expect(existsSync(join(dir, 'logs', 'old.log'))).toBe(false);
  });

  // a manifest of an older version knew nothing of keys, and a whole network was removed
  it.each(['{"schemaVersion":1,"nodes":1}', null])('a chain stays, whatever the manifest says: %s', (manifest) => {
    DevnetData.open(dir, plan, { isClean: false }).close();
    const chain = join(dir, 'node-0', 'cairn.sqlite');
    writeFileSync(chain, '');
    if (manifest === null) rmSync(join(dir, 'devnet.json'));
    else writeFileSync(join(dir, 'devnet.json'), manifest);
    const open = () => DevnetData.open(dir, plan, { isClean: false });
    expect(open).toThrow(expect.objectContaining({ code: 'DEVNET_DATA_MISMATCH' }));
    expect(existsSync(chain)).toBe(true);
    DevnetData.open(dir, plan, { isClean: true }).close();
    expect(existsSync(chain)).toBe(false);
  });
});
