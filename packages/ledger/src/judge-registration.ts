import { compareText, type PublicKey, type UnixMs } from '@cairn/primitives';
import {
  BLOCK_FEED_REGISTRATIONS_MAX,
  BLOCK_REGISTRATIONS_MAX,
  FEED_DEVICES_MAX,
  type FeedDefinition,
  type ReceiptCode,
  type Registration,
  type RegistrationBody,
  type Revocation,
  SELF_REGISTRATION_MS_MAX,
} from '@cairn/protocol';
import { BlockDraft } from './block-draft.ts';
import { isForgettable, registered } from './device-registration.ts';
import type { FeedDraft } from './feed-draft.ts';
import { cellParent, isValidCell } from './h3-cell.ts';
import type { LedgerState } from './ledger-state.ts';

/** Judges a registration, and applies it when accepted: to all its feeds or to none. */
export function executeRegistration(draft: BlockDraft, { body, signer }: Registration): ReceiptCode {
  const feeds = feedsOf(draft, body.feeds);
  if (typeof feeds === 'string') return feeds;
  if (body.notBefore > body.notAfter) return 'malformed';
  if (body.cell !== null && !isValidCell(body.cell)) return 'cell-invalid';
  if (draft.registrationsAccepted >= BLOCK_REGISTRATIONS_MAX) return 'limit-exceeded';
  for (const feed of feeds) {
    const code = judgeRegistration(draft, feed, { body, signer });
    if (code !== 'accepted') return code;
  }
  draft.countRegistration(body.device);
  for (const feed of feeds) {
    feed.registrationsAccepted++;
    feed.setRegistration(body.device, registered(body, feed.registrationOf(body.device)));
  }
  return 'accepted';
}

/** For a gateway: what the next block would say. Advice only, execution decides. @returns null when it would be accepted. */
export function precheckRegistration(
  state: LedgerState,
  registration: Registration,
  nowMs: UnixMs,
): ReceiptCode | null {
  const code = executeRegistration(new BlockDraft(state, { height: state.height + 1, time: nowMs }), registration);
  return code === 'accepted' ? null : code;
}

/** Likewise for a revocation. */
export function precheckRevocation(state: LedgerState, revocation: Revocation, nowMs: UnixMs): ReceiptCode | null {
  const code = executeRevocation(new BlockDraft(state, { height: state.height + 1, time: nowMs }), revocation);
  return code === 'accepted' ? null : code;
}

function judgeRegistration(
  draft: BlockDraft,
  feed: FeedDraft,
  { body, signer }: { readonly body: RegistrationBody; readonly signer: PublicKey },
): ReceiptCode {
  const rules = feed.base.feed;
  if (!maySign(rules, body.device, signer)) return 'signer-not-allowed';
  const isSelfMade = !rules.registrars.includes(signer);
  if (isSelfMade && body.notAfter > draft.time + SELF_REGISTRATION_MS_MAX) return 'limit-exceeded';
  const group = rules.groupResolution;
  if (body.cell !== null && group !== null && cellParent(body.cell, group) === null) return 'cell-invalid';
  const previous = feed.registrationOf(body.device);
  // A registration is public: shown again after the revocation, it must not bring the device back.
  if (previous !== undefined && previous.revocationIssuedAt !== null) {
    if (body.issuedAt <= previous.revocationIssuedAt) return 'revoked';
  } else if (previous !== undefined && body.issuedAt <= previous.issuedAt) {
    return 'already-registered';
  }
  if (feed.registrationsAccepted >= BLOCK_FEED_REGISTRATIONS_MAX) return 'limit-exceeded';
  if (previous === undefined && !hasRoom(draft, feed)) return 'limit-exceeded';
  return 'accepted';
}

/** "A registration can be revoked, from the revoking block on" (protocol section 3): from all its feeds or from none. */
export function executeRevocation(draft: BlockDraft, { body, signer }: Revocation): ReceiptCode {
  const feeds = feedsOf(draft, body.feeds);
  if (typeof feeds === 'string') return feeds;
  for (const feed of feeds) {
    const entry = feed.registrationOf(body.device);
    if (!maySign(feed.base.feed, body.device, signer)) return 'signer-not-allowed';
    if (entry === undefined) return 'unknown-device';
    if (entry.revocationIssuedAt !== null) return 'revoked';
    // A revocation is public too: shown again, it must not end a later registration.
    if (body.issuedAt < entry.issuedAt) return 'stale';
  }
  for (const feed of feeds) {
    const entry = feed.registrationOf(body.device);
    if (entry !== undefined) feed.setRegistration(body.device, { ...entry, revocationIssuedAt: body.issuedAt });
  }
  return 'accepted';
}

/** "Signed by a feed's registrar [...] A feed may instead be open: then any key registers itself" (protocol section 3). */
function maySign(feed: FeedDefinition, device: PublicKey, signer: PublicKey): boolean {
  return feed.registrars.includes(signer) || (feed.open && signer === device);
}

function feedsOf(draft: BlockDraft, ids: readonly string[]): FeedDraft[] | ReceiptCode {
  if (new Set(ids).size !== ids.length) return 'malformed';
  const feeds: FeedDraft[] = [];
  for (const id of ids) {
    const feed = draft.feed(id);
    if (feed === undefined) return 'unknown-feed';
    feeds.push(feed);
  }
  return feeds;
}

/** A full feed first forgets, once per block, as many devices as a block can register. */
function hasRoom(draft: BlockDraft, feed: FeedDraft): boolean {
  if (feed.registrationCount < FEED_DEVICES_MAX) return true;
  if (!feed.isSwept) sweep(draft, feed);
  return feed.registrationCount < FEED_DEVICES_MAX;
}

function sweep(draft: BlockDraft, feed: FeedDraft): void {
  feed.isSwept = true;
  const { feed: rules, registrations } = feed.base;
  const devices: PublicKey[] = [];
  for (const device of registrations.keys()) {
    const entry = feed.registrationOf(device);
    if (entry !== undefined && isForgettable(entry, rules, draft.time)) devices.push(device);
  }
  // Sorted: a restored state iterates in another order.
  devices.sort(compareText);
  for (const device of devices.slice(0, BLOCK_FEED_REGISTRATIONS_MAX)) feed.forgetDevice(device);
}
