/** For tests and benches only: small networks, devices and blocks without signatures, which execution never checks. */
import { sha256Hash } from '@cairn/crypto';
import { assert, type Hash, type PublicKey, type Signature, toPublicKey, utf8 } from '@cairn/primitives';
import {
  type ChannelDefinition,
  type FeedDefinition,
  type Genesis,
  type RegistrationBody,
  type RevocationBody,
  SELF_REGISTRATION_MS_MAX,
} from '@cairn/protocol';
import { feedFixture as openFeed, channelFixture as protocolChannel } from '@cairn/protocol/testing';
import type { BlockInput } from '../block-input.ts';
import type { DecodedBatch, DecodedItem } from '../decoded-batch.ts';
import { commit, type Execution, execute } from '../execute.ts';
import { genesisState, type LedgerState } from '../ledger-state.ts';
import type { ReportFacts } from '../reading.ts';
import type { StateWrite } from '../state-entry.ts';

/** A round time that is a multiple of every window in use here. */
export const T0 = 1_700_000_040_000;
export const FEED = 'air';

/** A key by name; not a point of the curve, which execution does not care about. */
export function keyFor(name: string): PublicKey {
  return toPublicKey(sha256Hash(utf8(name)));
}

export function channelFixture(options: Partial<ChannelDefinition> = {}): ChannelDefinition {
  return protocolChannel({ min: -10_000, ...options });
}

export function feedFixture(options: Partial<FeedDefinition> = {}): FeedDefinition {
  const channels = [channelFixture()];
  return openFeed({ id: FEED, channels, freshnessMs: 300_000, registrars: [keyFor('registrar')], ...options });
}

export function genesisFixture(feeds: readonly FeedDefinition[] = [feedFixture()], memberCount = 4): Genesis {
  const names = Array.from({ length: memberCount }, (_, i) => `member ${i}`);
  return {
    rulesVersion: 1,
    networkName: 'test',
    createdAt: T0 - 1,
    members: names.map((name) => ({ name, identityKey: keyFor(name), addresses: [] })),
    parameters: { blockIntervalMs: 500, viewTimeoutMs: 2000, viewTimeoutMsMax: 60_000, epochBlocks: 1000 },
    feeds,
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: sha256Hash(utf8('ceremony')),
    transcriptHash: sha256Hash(utf8('transcript')),
    groupKey: keyFor('group'),
    verificationShares: names.map((name) => keyFor(`share of ${name}`)),
  };
}

const NO_SIGNATURE = '0'.repeat(128) as Signature;
let itemCount = 0;

function freshId(): Hash {
  return sha256Hash(utf8(`item ${itemCount++}`));
}

export function registrationItem(
  options: Partial<RegistrationBody> & { readonly signer?: PublicKey } = {},
): DecodedItem & { readonly kind: 'registration' } {
  const { signer = keyFor('registrar'), ...body } = options;
  const full: RegistrationBody = {
    device: keyFor('device'),
    feeds: [FEED],
    owner: keyFor('owner'),
    cell: null,
    notBefore: 0,
    notAfter: T0 + SELF_REGISTRATION_MS_MAX,
    issuedAt: T0,
    ...body,
  };
  return { kind: 'registration', id: freshId(), registration: { body: full, signer, signature: NO_SIGNATURE } };
}

export function revocationItem(
  options: Partial<RevocationBody> & { readonly signer?: PublicKey } = {},
): DecodedItem & { readonly kind: 'revocation' } {
  const { signer = keyFor('registrar'), ...body } = options;
  const full: RevocationBody = { device: keyFor('device'), feeds: [FEED], issuedAt: T0 + 1, ...body };
  return { kind: 'revocation', id: freshId(), revocation: { body: full, signer, signature: NO_SIGNATURE } };
}

export function reportItem(options: Partial<ReportFacts> = {}): DecodedItem & { readonly kind: 'report' } {
  const id = options.id ?? freshId();
  const report = { device: keyFor('device'), feed: FEED, seq: 1, observedAt: T0, values: [100], ...options, id };
  return { kind: 'report', id, report };
}

export function batchOf(items: readonly DecodedItem[], baseHeight = 0): DecodedBatch {
  return { id: freshId(), author: 0, seq: 0, baseHeight, items };
}

/** The next block over `state`, led in turn. */
export function blockOver(
  state: LedgerState,
  batches: readonly DecodedBatch[],
  options: Partial<BlockInput> = {},
): BlockInput {
  const height = state.height + 1;
  return {
    height,
    time: state.time + 1,
    leader: height % state.genesis.members.length,
    epoch: 0,
    turns: null,
    batches,
    ...options,
  };
}

/** Executes and commits one block of these items. */
export function runBlock(
  state: LedgerState,
  items: readonly DecodedItem[],
  options: Partial<BlockInput> = {},
): Execution {
  const batches = items.length === 0 ? [] : [batchOf(items, state.height)];
  const execution = execute(state, blockOver(state, batches, options));
  commit(state, execution);
  return execution;
}

/** The receipts' codes of one committed block of these items. */
export function codesOf(
  state: LedgerState,
  items: readonly DecodedItem[],
  options: Partial<BlockInput> = {},
): string[] {
  return runBlock(state, items, options).receipts.map(({ code }) => code);
}

/** A store that only knows writes. */
export class WriteTable {
  readonly entries = new Map<string, Uint8Array>();

  apply(writes: readonly StateWrite[]): void {
    for (const { key, value } of writes) {
      if (value === null) this.entries.delete(key);
      else this.entries.set(key, value);
    }
  }

  list(): { key: string; value: Uint8Array }[] {
    return [...this.entries].map(([key, value]) => ({ key, value }));
  }
}

/** Half a window after T0. */
export const NOW: number = T0 + 30_000;

/** A network of the feed and one more, `other`, with one device registered for the first. */
export function stateWith(
  feed: Partial<FeedDefinition> = {},
  registration: Parameters<typeof registrationItem>[0] = {},
  memberCount = 4,
): LedgerState {
  const state = genesisState(genesisFixture([feedFixture(feed), feedFixture({ id: 'other' })], memberCount));
  assert(codesOf(state, [registrationItem(registration)])[0] === 'accepted', 'the fixture registers its device');
  return state;
}

/** The codes of a block of reports, observed a second before NOW where they do not say otherwise. */
export function reportCodes(state: LedgerState, all: readonly Partial<ReportFacts>[], time: number = NOW): string[] {
  const items = all.map((options) => reportItem({ observedAt: NOW - 1000, ...options }));
  return codesOf(state, items, { time });
}
