// Goal: who may register and revoke whom, and what replayed or crafted registrations cannot do.
import { FEED_DEVICES_MAX } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { registered } from './device-registration.ts';
import { genesisState, type LedgerState } from './ledger-state.ts';
import { isKnownDevice } from './precheck.ts';
import {
  codesOf,
  FEED,
  feedFixture,
  genesisFixture,
  keyFor,
  registrationItem,
  reportItem,
  revocationItem,
  T0,
} from './testing/fixtures.ts';

const device = keyFor('device');
const FEEDS = [
  feedFixture(),
  feedFixture({ id: 'other', registrars: [keyFor('registrar'), keyFor('second')] }),
  feedFixture({ id: 'open', registrars: [], open: true }),
  feedFixture({ id: 'grouped', groupResolution: 7 }),
];
const fresh = () => genesisState(genesisFixture(FEEDS));

describe('registering', () => {
  const table: [name: string, options: Parameters<typeof registrationItem>[0], code: string][] = [
    ['by the registrar', {}, 'accepted'],
    ['for two feeds of one registrar', { feeds: [FEED, 'other'] }, 'accepted'],
    [
      'by a registrar of only one of two feeds',
      { feeds: [FEED, 'other'], signer: keyFor('second') },
      'signer-not-allowed',
    ],
    ['by the device in a closed feed', { signer: device }, 'signer-not-allowed'],
    ['by the device in an open feed', { feeds: ['open'], signer: device }, 'accepted'],
    ['by the device for longer than it may', { feeds: ['open'], signer: device, notAfter: 2 * T0 }, 'limit-exceeded'],
    ['by another key in an open feed', { feeds: ['open'], signer: keyFor('x') }, 'signer-not-allowed'],
    ['for an unknown feed', { feeds: [FEED, 'nothing'] }, 'unknown-feed'],
    ['twice for one feed', { feeds: [FEED, FEED] }, 'malformed'],
    ['for no time at all', { notBefore: 2, notAfter: 1 }, 'malformed'],
    ['with an invalid cell', { cell: 7n }, 'cell-invalid'],
    ['with a cell too coarse for the groups', { feeds: ['grouped'], cell: 0x861e15b77ffffffn }, 'cell-invalid'],
    ['with a fine cell', { feeds: ['grouped'], cell: 0x8928308280fffffn }, 'accepted'],
  ];

  it.each(table)('%s', (_, options, code) => {
    const state = fresh();
    expect(codesOf(state, [registrationItem(options)])).toEqual([code]);
    for (const feed of options?.feeds ?? [FEED]) {
      expect(isKnownDevice(state, device, feed), feed).toBe(code === 'accepted');
    }
  });

  it('comes before the reports of the same block, wherever it stands', () => {
    const report = reportItem({ observedAt: T0 });
    expect(codesOf(fresh(), [report, registrationItem()])).toEqual(['accepted', 'accepted']);
    const state = fresh();
    codesOf(state, [registrationItem()]);
    expect(codesOf(state, [report, revocationItem()])).toEqual(['revoked', 'accepted']);
  });

  it('again changes the entry only with a later issuedAt', () => {
    const state = fresh();
    expect(codesOf(state, [registrationItem({ notAfter: T0 - 1 })])).toEqual(['accepted']);
    expect(codesOf(state, [registrationItem()])).toEqual(['already-registered']);
    expect(codesOf(state, [reportItem()])).toEqual(['outside-registration']);
    expect(codesOf(state, [registrationItem({ issuedAt: T0 + 1 }), reportItem()])).toEqual(['accepted', 'accepted']);
  });

  it('is bounded for each feed and block', () => {
    const items = Array.from({ length: 260 }, (_, i) => registrationItem({ device: keyFor(`d${i}`) }));
    const others = Array.from({ length: 3 }, (_, i) => registrationItem({ device: keyFor(`d${i}`), feeds: ['other'] }));
    const codes = codesOf(fresh(), [...items, ...others]);
    expect(codes.slice(0, 256)).toEqual(Array(256).fill('accepted'));
    expect(codes.slice(256)).toEqual([...Array(4).fill('limit-exceeded'), ...Array(3).fill('accepted')]);
  });

  it('is bounded for each block', () => {
    const feeds = Array.from({ length: 5 }, (_, i) => feedFixture({ id: `feed-${i}` }));
    const state = genesisState(genesisFixture(feeds));
    const items = feeds.flatMap(({ id }) =>
      Array.from({ length: 220 }, (_, i) => registrationItem({ device: keyFor(`d${i}`), feeds: [id] })),
    );
    const codes = codesOf(state, items);
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1024);
    expect(codes.slice(1024)).toEqual(Array(76).fill('limit-exceeded'));
  });
});

describe('revoking', () => {
  const registeredState = (feeds: readonly string[] = [FEED], signer = keyFor('registrar')): LedgerState => {
    const state = fresh();
    expect(codesOf(state, [registrationItem({ feeds, signer })])).toEqual(['accepted']);
    return state;
  };

  it.each([
    ['by the registrar', {}, 'accepted'],
    ['by a stranger', { signer: keyFor('x') }, 'signer-not-allowed'],
    ['an unknown device', { device: keyFor('x') }, 'unknown-device'],
    ['an unknown feed', { feeds: ['nothing'] }, 'unknown-feed'],
    ['of one registered and one other feed', { feeds: [FEED, 'other'] }, 'unknown-device'],
    ['issued before the registration', { issuedAt: T0 - 1 }, 'stale'],
  ] as const)('%s', (_, options, code) => {
    const state = registeredState();
    expect(codesOf(state, [revocationItem(options)])).toEqual([code]);
    expect(isKnownDevice(state, device, FEED)).toBe(code !== 'accepted');
  });

  it('by the device itself in an open feed', () => {
    const state = registeredState(['open'], device);
    expect(codesOf(state, [revocationItem({ feeds: ['open'], signer: device })])).toEqual(['accepted']);
  });

  it('holds against the old registration shown again, and not against a newer one', () => {
    const state = registeredState();
    const revocation = revocationItem({ issuedAt: T0 + 10 });
    expect(codesOf(state, [revocation])).toEqual(['accepted']);
    expect(codesOf(state, [revocation])).toEqual(['revoked']);
    expect(codesOf(state, [registrationItem(), registrationItem({ issuedAt: T0 + 10 })])).toEqual([
      'revoked',
      'revoked',
    ]);
    expect(codesOf(state, [registrationItem({ issuedAt: T0 + 11 })])).toEqual(['accepted']);
    // the old revocation does not end the new registration
    expect(codesOf(state, [revocation])).toEqual(['stale']);
    expect(isKnownDevice(state, device, FEED)).toBe(true);
  });

  it('does not forget what the device had sent', () => {
    const state = registeredState();
    const report = reportItem({ seq: 4 });
    expect(codesOf(state, [report])).toEqual(['accepted']);
    codesOf(state, [revocationItem()]);
    codesOf(state, [registrationItem({ issuedAt: T0 + 20 })]);
    expect(codesOf(state, [report])).toEqual(['duplicate']);
  });
});

describe('a full feed', () => {
  /** Entries put in directly: 100,000 registrations would need 400 blocks. */
  function fullState(notAfter: number): LedgerState {
    const state = fresh();
    const entries = state.feeds.get(FEED)?.registrations;
    const entry = registered({ ...registrationItem().registration.body, notAfter }, undefined);
    for (let i = 0; i < FEED_DEVICES_MAX; i++) {
      entries?.set(i.toString(16).padStart(64, '0') as typeof device, entry);
    }
    return state;
  }

  it('takes no device more while all it has may still report', () => {
    const state = fullState(T0);
    expect(codesOf(state, [registrationItem()], { time: T0 + 300_000 })).toEqual(['limit-exceeded']);
  });

  it('forgets those of whom everything is stale, as many as one block can register', () => {
    const state = fullState(T0);
    expect(codesOf(state, [registrationItem()], { time: T0 + 300_001 })).toEqual(['accepted']);
    expect(state.feeds.get(FEED)?.registrations.size).toBe(FEED_DEVICES_MAX - 256 + 1);
    expect(isKnownDevice(state, '0'.repeat(64) as typeof device, FEED)).toBe(false);
    expect(isKnownDevice(state, (256).toString(16).padStart(64, '0') as typeof device, FEED)).toBe(true);
  });
});
