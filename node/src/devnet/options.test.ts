import { describe, expect, test } from 'vitest';
import { defaultDevnetOptions, readDevnetOptions } from './options.ts';
import { choosePorts } from './ports.ts';

describe('readDevnetOptions', () => {
  test('defaults', () => {
    expect(readDevnetOptions({})).toMatchObject({ ...defaultDevnetOptions, until: null, isClean: false });
  });
  test('what is given', () => {
    const flags = { nodes: '7', data: 'd', clean: true, until: 'anchored', timeout: '9', portBase: '0', devices: '0' };
    expect(readDevnetOptions(flags)).toMatchObject({
      nodes: 7,
      dataDir: 'd',
      isClean: true,
      until: 'anchored',
      timeoutMs: 9000,
      portBase: 0,
      devices: 0,
    });
  });
  test.each([
    ['9', 9000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1d', 86_400_000],
  ])('--timeout %s', (timeout, timeoutMs) => {
    expect(readDevnetOptions({ timeout }).timeoutMs).toBe(timeoutMs);
  });
  test.each([
    [{ nodes: '0' }],
    [{ nodes: '1e1' }],
    [{ nodes: '1000' }],
    [{ until: 'tomorrow' }],
    [{ timeout: '0' }],
    [{ timeout: '999ms' }],
    [{ timeout: '2d' }],
    [{ timeout: 'soon' }],
    [{ portBase: '65001' }],
    [{ devices: '-1' }],
  ])('refuses %o', (flags) => {
    expect(() => readDevnetOptions(flags)).toThrow(expect.objectContaining({ code: 'DEVNET_OPTION_INVALID' }));
  });
});

describe('choosePorts', () => {
  test('all differ, and one that is taken is replaced', async () => {
    const { createServer } = await import('node:net');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    const { port: base } = taken.address() as { port: number };
    const ports = await choosePorts(base, 3);
    const all = [...ports.http, ...ports.p2p, ports.aggregator, ports.chainRpc, ports.chainWs];
    expect(new Set(all).size).toBe(9);
    expect(all).not.toContain(base);
    await new Promise((resolve) => taken.close(resolve));
  });
});
