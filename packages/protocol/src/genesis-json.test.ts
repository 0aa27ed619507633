import { createSigner, sha256Hash } from '@cairn/crypto';
import { fromHex, utf8 } from '@cairn/primitives';
import { describe, expect, test } from 'vitest';
import {
  encodeGenesis,
  type Genesis,
  genesisDraftFromValue,
  genesisDraftToJson,
  genesisFromJson,
  genesisToJson,
} from './index.ts';

const key = (name: string) => createSigner(fromHex(sha256Hash(utf8(name)), 32)).publicKey;
const genesis: Genesis = {
  rulesVersion: 1,
  networkName: 'test',
  createdAt: 1_700_000_000_000,
  members: [{ name: 'a', identityKey: key('a'), addresses: ['/ip4/127.0.0.1/tcp/4001'] }],
  parameters: { blockIntervalMs: 500, viewTimeoutMs: 2000, viewTimeoutMsMax: 60_000, epochBlocks: 1000 },
  feeds: [
    {
      id: 'air',
      title: 'Air',
      channels: [
        {
          name: 'pm25',
          unit: 'ug/m3',
          exponent: -1,
          min: 0,
          max: 9999,
          stepPerMinuteMax: null,
          aggregates: ['median'],
        },
      ],
      windowMs: 60_000,
      graceMs: 5000,
      freshnessMs: 300_000,
      devicesMin: 1,
      madFactorMilli: null,
      groupResolution: null,
      registrars: [key('r')],
      open: false,
      groupsAllowed: null,
      deviceReportsMax: 100,
      moveCellsPerHourMax: null,
    },
  ],
  recoveryKeys: [],
  recoveryThreshold: 0,
  ceremonyId: sha256Hash(utf8('c')),
  transcriptHash: sha256Hash(utf8('t')),
  groupKey: key('g'),
  verificationShares: [key('s')],
};
const { ceremonyId: _c, transcriptHash: _t, groupKey: _g, verificationShares: _v, ...draft } = genesis;

describe('genesis as JSON', () => {
  test('stands for the same bytes', () => {
    expect(encodeGenesis(genesisFromJson(genesisToJson(genesis)))).toEqual(encodeGenesis(genesis));
    expect(genesisDraftFromValue(JSON.parse(genesisDraftToJson(draft)))).toEqual(draft);
  });

  test.each<[string, (document: Record<string, unknown>) => void]>([
    ['unknown field "extra"', (document) => Object.assign(document, { extra: 1 })],
    ['lacks the field groupKey', (document) => delete document.groupKey],
    ['members[0] is not an object', (document) => Object.assign(document, { members: [null] })],
    ['parameters has an unknown', (document) => Object.assign(document.parameters as object, { x: 1 })],
    ['expected', (document) => Object.assign(document, { createdAt: 1.5 })],
    ['wrong type', (document) => Object.assign(document, { recoveryKeys: 7 })],
    ['hex', (document) => Object.assign(document, { groupKey: 'AB' })],
  ])('refuses: %s', (message, change) => {
    const document = JSON.parse(genesisToJson(genesis)) as Record<string, unknown>;
    change(document);
    expect(() => genesisFromJson(JSON.stringify(document))).toThrow(message);
  });

  test('refuses what is not JSON', () => {
    expect(() => genesisFromJson('{')).toThrow('not JSON');
  });
});
