import { readFileSync } from 'node:fs';
import { createSigner, isValidPublicKey } from '@cairn/crypto';
import { type PublicKey, Rng, toHash, toPublicKey } from '@cairn/primitives';
import { describe, expect, it } from 'vitest';
import { checkDraft, decodeGenesis, encodeGenesis, type FeedDefinition, type Genesis, SIGNING_KINDS } from './index.ts';

const rng = new Rng(6);
const key = () => createSigner(rng.bytes(32)).publicKey;
/** Every key of the crafted cases that is not of prime order: small order, mixed order, off the curve, not canonical. */
const cases = readFileSync(new URL('../../../test/vectors/ed25519-edge.json', import.meta.url), 'utf8');
const crafted = (JSON.parse(cases) as { readonly publicKey: string }[]).map(({ publicKey }) => toPublicKey(publicKey));
const UNSOUND = [...new Set(crafted)].filter((each) => !isValidPublicKey(each));

const feed: FeedDefinition = {
  id: 'air',
  title: 'Air',
  channels: [
    { name: 'pm25', unit: 'ug/m3', exponent: -1, min: 0, max: 100, stepPerMinuteMax: null, aggregates: ['median'] },
  ],
  windowMs: 1000,
  graceMs: 0,
  freshnessMs: 1000,
  devicesMin: 1,
  madFactorMilli: null,
  groupResolution: null,
  registrars: [],
  open: true,
  groupsAllowed: null,
  deviceReportsMax: 1,
  moveCellsPerHourMax: null,
};
const member = (index: number) => ({ name: `node-${index}`, identityKey: key(), addresses: [] });
const genesis: Genesis = {
  rulesVersion: 1,
  networkName: 'devnet',
  createdAt: 5,
  members: [member(0), member(1)],
  parameters: { blockIntervalMs: 100, viewTimeoutMs: 100, viewTimeoutMsMax: 1000, epochBlocks: 2 },
  feeds: [feed],
  recoveryKeys: [key(), key()],
  recoveryThreshold: 2,
  ceremonyId: toHash(rng.bytes(32)),
  transcriptHash: toHash(rng.bytes(32)),
  groupKey: key(),
  verificationShares: [key(), key()],
};
const [channel] = feed.channels as [FeedDefinition['channels'][number]];
const withFeed = (parts: Partial<FeedDefinition>) => ({ ...genesis, feeds: [{ ...feed, ...parts }] });
const withChannel = (parts: Partial<typeof channel>) => withFeed({ channels: [{ ...channel, ...parts }] });

describe('a genesis document', () => {
  it('gives back what it took', () => {
    expect(decodeGenesis(encodeGenesis(genesis))).toEqual(genesis);
  });

  it.each(SIGNING_KINDS)('refuses the network name %s, which is a kind of signature', (networkName) => {
    expect(() => checkDraft({ ...genesis, networkName })).toThrow(/kind of signature/);
  });

  it.each<[string, Genesis]>([
    ['rules of another version', { ...genesis, rulesVersion: 2 }],
    ['one identity key twice', { ...genesis, members: [genesis.members[0]!, genesis.members[0]!] }],
    ['one recovery key twice', { ...genesis, recoveryKeys: [genesis.groupKey, genesis.groupKey] }],
    ['a recovery threshold over its keys', { ...genesis, recoveryThreshold: 3 }],
    ['a share too few', { ...genesis, verificationShares: [key()] }],
    ['one feed twice', { ...genesis, feeds: [feed, feed] }],
    ['timeouts out of order', { ...genesis, parameters: { ...genesis.parameters, viewTimeoutMsMax: 99 } }],
    ['epochs of one block', { ...genesis, parameters: { ...genesis.parameters, epochBlocks: 1 } }],
    ['a window without length', withFeed({ windowMs: 0 })],
    ['a feed that needs no device', withFeed({ devicesMin: 0 })],
    ['a closed feed without registrar', withFeed({ open: false })],
    ['moves without cells', withFeed({ moveCellsPerHourMax: 1 })],
    ['one channel twice', withFeed({ channels: [channel, channel] })],
    ['min over max', withChannel({ min: 101 })],
    ['one aggregate twice', withChannel({ aggregates: ['median', 'median'] })],
  ])('refuses %s', (_, bad) => {
    expect(() => decodeGenesis(encodeGenesis(bad))).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_GENESIS_INVALID' }),
    );
  });

  it.each<[string, (unsound: PublicKey) => Genesis]>([
    ['an identity key', (unsound) => ({ ...genesis, members: [member(0), { ...member(1), identityKey: unsound }] })],
    ['a recovery key', (unsound) => ({ ...genesis, recoveryKeys: [key(), unsound] })],
    ['a registrar', (unsound) => withFeed({ registrars: [key(), unsound] })],
    ['the group key', (unsound) => ({ ...genesis, groupKey: unsound })],
  ])('refuses %s that libraries disagree on', (what, withKey) => {
    expect(UNSOUND.length).toBeGreaterThan(20);
    for (const unsound of UNSOUND) {
      expect(() => decodeGenesis(encodeGenesis(withKey(unsound))), unsound).toThrow(
        expect.objectContaining({
          code: 'PROTOCOL_GENESIS_INVALID',
          message: expect.stringMatching(`^${what}.* prime order: ${unsound}$`),
        }),
      );
    }
  });
});
