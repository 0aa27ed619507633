// Goal: a line shows facts and never a secret, whatever it is given. Method: lines are collected, not printed.
import { CairnError } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import type { LoggerOptions } from './options.ts';
import { prettyLine } from './pretty-line.ts';

function logger(options: Omit<LoggerOptions, 'destination'> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ name: 'node-0', ...options, destination }) };
}

function fieldsOf(fields: Record<string, unknown>): Record<string, unknown> {
  const { lines, log } = logger();
  log.info('message', fields);
  return JSON.parse(lines[0]!);
}

describe('lines', () => {
  test('are JSON with level, time, name, message and fields', () => {
    const { lines, log } = logger();
    log.info('block certified', { height: 7, reports: 12 });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.endsWith('\n')).toBe(true);
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(time).toBeTypeOf('number');
    expect(rest).toEqual({ level: 30, name: 'node-0', msg: 'block certified', height: 7, reports: 12 });
  });
  test('below the level are not written, and the level can change', () => {
    const { lines, log } = logger({ level: 'warn' });
    log.info('quiet');
    log.level = 'debug';
    log.debug('loud');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['loud']);
  });
  test('of a child carry its fields, redacted too', () => {
    const { lines, log } = logger();
    log.child({ peer: 3, passphrase: 'hunter2' }).warn('peer cut off', { reason: 'slow' });
    expect(JSON.parse(lines[0]!)).toMatchObject({ peer: 3, passphrase: '[redacted]', reason: 'slow' });
  });
  test('keep their own level, time, name and message', () => {
    expect(fieldsOf({ name: 'x', level: 'y', msg: 'z' })).toMatchObject({
      name: 'node-0',
      name_: 'x',
      level: 30,
      msg_: 'z',
    });
  });
});

describe('secrets', () => {
  test.each([
    'secretKey',
    'passphrase',
    'password',
    'privateKey',
    'seed',
    'mnemonic',
    'authToken',
    'authorization',
    'cookie',
    'keyShare',
    'nonce',
    'secretNonces',
    'apiKey',
    'api-key',
  ])('a text under %s is not shown, at any depth', (name) => {
    expect(JSON.stringify(fieldsOf({ [name]: 'hunter2', a: { b: [{ [name]: 'hunter2' }] } }))).not.toContain('hunter2');
  });
  test('bytes are never shown', () => {
    expect(fieldsOf({ body: new Uint8Array([1, 2, 3]), raw: Buffer.from('hunter2') })).toMatchObject({
      body: '[3 bytes]',
      raw: '[7 bytes]',
    });
  });
  test('user info and query of an address are not shown', () => {
    const { rpcUrl } = fieldsOf({ rpcUrl: 'https://me:hunter2@rpc.example.org/v1?api-key=hunter2' });
    expect(rpcUrl).toBe('https://[redacted]@rpc.example.org/v1?[redacted]');
  });
  test('counts and public names are shown', () => {
    expect(fieldsOf({ tokens: 5, nonceCommitment: 'ab', signatureShares: 3, isPrivate: true })).toMatchObject({
      tokens: 5,
      nonceCommitment: 'ab',
      signatureShares: 3,
      isPrivate: true,
    });
  });
  test('errors show code, metadata and causes, and nothing secret in them', () => {
    const cause = new CairnError('CRYPTO_SEAL_INVALID', 'wrong passphrase', { passphrase: 'hunter2', epoch: 1 });
    const { err } = fieldsOf({ err: new Error('GET https://h/?key=hunter2', { cause }) });
    expect(err).toMatchObject({ message: 'GET https://h/?[redacted]', cause: { code: 'CRYPTO_SEAL_INVALID' } });
    expect(JSON.stringify(err)).not.toContain('hunter2');
  });
  test('any value gives one bounded line of JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true })), (fields) => {
        const { lines, log } = logger();
        log.info('message', fields);
        expect(lines).toHaveLength(1);
        expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
        JSON.parse(lines[0]!);
      }),
    );
    const ring: Record<string, unknown> = {};
    ring.ring = ring;
    expect(JSON.stringify(fieldsOf(ring))).toContain('[deeper]');
    expect(JSON.stringify(fieldsOf({ long: 'x'.repeat(100_000), many: Array(10_000).fill(1) })).length).toBeLessThan(
      3000,
    );
  });
});

describe('lines for people', () => {
  test('show time, level, name, message and fields', () => {
    const { lines, log } = logger({ pretty: true });
    log.warn('view changed', { height: 7, reason: 'timer', text: 'two words' });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}node-0 view changed height=7 reason=timer text="two words"\n$/,
    );
  });
  test('show an error with its code, and its cause below', () => {
    const { lines, log } = logger({ pretty: true });
    log.error('anchor failed', {
      err: new CairnError('SOLANA_RPC_TIMEOUT', 'no answer', { ms: 5 }, { cause: new Error('x') }),
    });
    const shown = lines[0]!.split('\n').filter((line) => !/^\s+at /.test(line));
    expect(shown.slice(1, 3)).toEqual(['  SOLANA_RPC_TIMEOUT: no answer {"ms":5}', '    x']);
  });
  test('cannot move the cursor of a terminal', () => {
    const json = JSON.stringify({ level: 30, time: 0, name: 'n', msg: '\u001b[2J', 'k\n': '\u001b]0;x\u0007' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the subject
    expect(prettyLine(json).slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
  });
  test('have colours only where they are asked for', () => {
    const json = JSON.stringify({ level: 50, time: 0, name: 'n', msg: 'm' });
    expect(prettyLine(json, true)).toContain('\u001b[31mERROR\u001b[0m');
    expect(prettyLine(json)).toBe('00:00:00.000 ERROR n m\n');
  });
});
