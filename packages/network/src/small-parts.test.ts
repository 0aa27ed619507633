import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import { ClockOffsets, decodeTimes, encodeTimes } from './clock-offsets.ts';
import { createNetwork } from './index.ts';
import { MemberRegistry } from './members.ts';
import { Recorder, testMembers } from './testing/index.ts';
import { TokenBucket } from './token-bucket.ts';

describe('token bucket', () => {
  it('gives the burst at once and then its rate', () => {
    const bucket = new TokenBucket({ perSecond: 10, nowMs: 0 });
    expect(Array.from({ length: 22 }, () => bucket.take(1, 0)).filter(Boolean).length).toBe(20);
    expect(bucket.take(1, 99)).toBe(false);
    expect(bucket.take(1, 100)).toBe(true);
    expect(bucket.spend(5, 100)).toBe(500);
    expect(bucket.spend(0, 700)).toBe(0);
  });

  it('does not mind a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, nowMs: 1_000 });
    expect(bucket.take(20, 0)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
  });
});

describe('back-off', () => {
  it('grows, stays within its bounds, and starts again', () => {
    const backoff = new Backoff({ minMs: 50, maxMs: 5_000 });
    for (let k = 0; k < 40; k++) {
      const ceiling = Math.min(5_000, 50 * 2 ** k);
      const waitMs = backoff.next();
      expect(waitMs, `attempt ${k}`).toBeGreaterThanOrEqual(ceiling / 2);
      expect(waitMs, `attempt ${k}`).toBeLessThanOrEqual(ceiling);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(50);
  });
});

describe('clock offsets', () => {
  it('believes the quickest of the last exchanges', () => {
    const clocks = new ClockOffsets();
    clocks.add(1, { askedAtMs: 0, receivedAtMs: 150, answeredAtMs: 150, returnedAtMs: 100 });
    clocks.add(1, { askedAtMs: 1_000, receivedAtMs: 1_091, answeredAtMs: 1_092, returnedAtMs: 1_003 });
    expect(clocks.best()).toEqual([{ memberIndex: 1, offsetMs: 90, roundTripMs: 2, measuredAtMs: 1_003 }]);
    clocks.remove(1);
    expect(clocks.best()).toEqual([]);
  });

  it('decodes what it encodes, and any bytes to times or nothing', () => {
    const times = { receivedAtMs: 1_700_000_000_000.25, answeredAtMs: 1_700_000_000_000.5 };
    expect(decodeTimes(encodeTimes(times))).toEqual(times);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 17 }), (bytes) => {
        const decoded = decodeTimes(bytes);
        if (decoded !== undefined) expect(decoded.answeredAtMs).toBeGreaterThanOrEqual(decoded.receivedAtMs);
      }),
    );
  });
});

describe('members and options', () => {
  it.each([
    ['not a multiaddr', 'localhost:4001', 'NETWORK_ADDRESS_MALFORMED'],
    ['no TCP', '/ip4/127.0.0.1/udp/4001', 'NETWORK_ADDRESS_MALFORMED'],
    ['a host name', '/dns4/node-1/tcp/4001', undefined],
    ['IPv6', '/ip6/::1/tcp/4001', undefined],
  ])('an address that is %s', async (_, address, code) => {
    const { members } = await testMembers(1);
    const make = () => new MemberRegistry([{ ...members[0]!, addresses: [address] }]);
    if (code === undefined) expect(make).not.toThrow();
    else expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('refuses an address with the peer id of someone else', async () => {
    const { members } = await testMembers(2);
    const peerId = MemberRegistry.peerIdOf(members[1]!.publicKey);
    const address = `/ip4/127.0.0.1/tcp/1/p2p/${peerId}`;
    expect(() => new MemberRegistry([{ ...members[1]!, addresses: [address] }])).not.toThrow();
    const code = { code: 'NETWORK_OPTIONS_INVALID' };
    expect(() => new MemberRegistry([{ ...members[0]!, addresses: [address] }])).toThrow(expect.objectContaining(code));
  });

  it.each([
    ['identitySeed', { identitySeed: new Uint8Array(31) }],
    ['networkTag', { networkTag: 'Mainnet' }],
    ['limits.strangersMax', { limits: { strangersMax: -1 } }],
    ['limits.unheardOf', { limits: { unheardOf: 1 } as object }],
  ])('names the option %s when it is invalid', async (option, change) => {
    const { members, seeds } = await testMembers(1);
    const options = { identitySeed: seeds[0]!, members, networkTag: 'ab'.repeat(32), ...change };
    await expect(createNetwork(options, { handlers: new Recorder() })).rejects.toMatchObject({
      code: 'NETWORK_OPTIONS_INVALID',
      meta: { option },
    });
  });

  it('says that it cannot listen where someone else does', async () => {
    const { members, seeds } = await testMembers(1);
    const options = { identitySeed: seeds[0]!, members, networkTag: 'ab'.repeat(32) };
    const first = await createNetwork(options, { handlers: new Recorder() });
    const listen = [first.addresses()[0]!.replace(/\/p2p\/.*$/, '')];
    await expect(createNetwork({ ...options, listen }, { handlers: new Recorder() })).rejects.toMatchObject({
      code: 'NETWORK_LISTEN_INVALID',
    });
    await first.stop();
  });
});
