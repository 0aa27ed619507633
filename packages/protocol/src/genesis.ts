import { isValidPublicKey, sha256Hash } from '@cairn/crypto';
import {
  CairnError,
  type Hash,
  type MemberIndex,
  type NetworkId,
  type PublicKey,
  type UnixMs,
  ZERO_HASH,
} from '@cairn/primitives';
import type { BlockHeader } from './block-header.ts';
import { bool, type Codec, fromBytes, hash, list, publicKey, struct, text, toBytes, uint } from './codec.ts';
import { SIGNING_KINDS } from './domain.ts';
import { type FeedDefinition, feedCodec } from './feed.ts';
import {
  EXPONENT_ABS_MAX,
  FEEDS_MAX,
  GENESIS_BYTES_MAX,
  MEMBERS_MAX,
  NETWORK_NAME_PATTERN,
  READING_MAX,
  RULES_VERSION,
} from './limits.ts';

/** A member before the key exists. */
export interface DraftMember {
  readonly name: string;
  /** Ed25519, also the member's libp2p identity. */
  readonly identityKey: PublicKey;
  /** Multiaddrs under which others reach it: hints, members may move. */
  readonly addresses: readonly string[];
}

/** Timing that all members must agree on. */
export interface NetworkParameters {
  /** A leader waits this long after the parent's time before it proposes. */
  readonly blockIntervalMs: number;
  /** Of view 0; doubles per view. */
  readonly viewTimeoutMs: number;
  readonly viewTimeoutMsMax: number;
  /** Blocks of one epoch. */
  readonly epochBlocks: number;
}

/** What the members agree on before key generation. */
export interface GenesisDraft {
  readonly rulesVersion: number;
  readonly networkName: string;
  readonly createdAt: UnixMs;
  readonly members: readonly DraftMember[];
  readonly parameters: NetworkParameters;
  readonly feeds: readonly FeedDefinition[];
  /** Offline keys, k of m of which can end an era (12). */
  readonly recoveryKeys: readonly PublicKey[];
  readonly recoveryThreshold: number;
}

/** The final document: networkId is the hash of its bytes, so it fixes the group key. */
export interface Genesis extends GenesisDraft {
  readonly ceremonyId: Hash;
  readonly transcriptHash: Hash;
  readonly groupKey: PublicKey;
  /** One per member, in the members' order. */
  readonly verificationShares: readonly PublicKey[];
}

const member: Codec<DraftMember> = struct({ name: text(64), identityKey: publicKey, addresses: list(text(256), 8) });
const parameters: Codec<NetworkParameters> = struct({
  blockIntervalMs: uint(60_000),
  viewTimeoutMs: uint(600_000),
  viewTimeoutMsMax: uint(3_600_000),
  epochBlocks: uint(),
});
const draftFields = {
  rulesVersion: uint(0xffff_ffff),
  networkName: text(32, NETWORK_NAME_PATTERN),
  createdAt: uint(),
  members: list(member, MEMBERS_MAX, 1),
  parameters,
  feeds: list(feedCodec, FEEDS_MAX, 1),
  recoveryKeys: list(publicKey, 32),
  recoveryThreshold: uint(32),
};
const draftCodec: Codec<GenesisDraft> = struct(draftFields);
const genesisCodec: Codec<Genesis> = struct({
  ...draftFields,
  ceremonyId: hash,
  transcriptHash: hash,
  groupKey: publicKey,
  verificationShares: list(publicKey, MEMBERS_MAX, 1),
});
const ceremonyCodec = struct({ draft: draftCodec, run: uint(), rehearsal: bool });

/** Hash of the draft, run number and rehearsal flag: stands for the network id until there is one. */
export function ceremonyId(draft: GenesisDraft, run: number, rehearsal: boolean): Hash {
  return sha256Hash(toBytes(ceremonyCodec, { draft: pickDraft(draft), run, rehearsal }));
}

export function encodeGenesisDraft(draft: GenesisDraft): Uint8Array {
  return toBytes(draftCodec, pickDraft(draft));
}

/** @throws PROTOCOL_*, PROTOCOL_GENESIS_INVALID */
export function decodeGenesisDraft(bytes: Uint8Array): GenesisDraft {
  return checkDraft(fromBytes(draftCodec, bytes, GENESIS_BYTES_MAX));
}

export function encodeGenesis(genesis: Genesis): Uint8Array {
  return toBytes(genesisCodec, genesis);
}

/** @throws PROTOCOL_*, PROTOCOL_GENESIS_INVALID */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const genesis = fromBytes(genesisCodec, bytes, GENESIS_BYTES_MAX);
  checkDraft(genesis);
  if (genesis.verificationShares.length !== genesis.members.length) {
    throw genesisInvalid('one verification share per member');
  }
  // The shares are sums of the ceremony's points, which were checked when they arrived.
  requireKeys([genesis.groupKey], 'the group key');
  return genesis;
}

export function networkIdOf(genesis: Genesis): NetworkId {
  return sha256Hash(encodeGenesis(genesis));
}

/** @returns `draft` when its parts fit together. @throws PROTOCOL_GENESIS_INVALID */
export function checkDraft<T extends GenesisDraft>(draft: T): T {
  if (draft.rulesVersion !== RULES_VERSION)
    throw genesisInvalid(`this build knows rules version ${RULES_VERSION} only`);
  // "no network may be named like" a kind of signature (protocol section 2): its checkpoints would begin like one.
  if ((SIGNING_KINDS as readonly string[]).includes(draft.networkName)) {
    throw genesisInvalid('the network is named like a kind of signature');
  }
  requireDistinct(
    draft.members.map((entry) => entry.identityKey),
    'identity keys',
  );
  requireDistinct(draft.recoveryKeys, 'recovery keys');
  requireDistinct(
    draft.feeds.map((feed) => feed.id),
    'feed ids',
  );
  if (draft.recoveryThreshold > draft.recoveryKeys.length) throw genesisInvalid('recovery threshold over its keys');
  const { viewTimeoutMs, viewTimeoutMsMax, epochBlocks } = draft.parameters;
  if (viewTimeoutMs < 10 || viewTimeoutMsMax < viewTimeoutMs) throw genesisInvalid('view timeouts out of order');
  if (epochBlocks < 2) throw genesisInvalid('an epoch has at least two blocks');
  draft.feeds.forEach(checkFeed);
  requireKeys(
    draft.members.map((entry) => entry.identityKey),
    'an identity key',
  );
  requireKeys(draft.recoveryKeys, 'a recovery key');
  for (const { id, registrars } of draft.feeds) requireKeys(registrars, `a registrar of feed ${id}`);
  return draft;
}

/** @throws PROTOCOL_GENESIS_INVALID unless the rules of the feed fit together. */
function checkFeed(feed: FeedDefinition): void {
  const invalid = (why: string) => genesisInvalid(`feed ${feed.id}: ${why}`);
  if (feed.windowMs < 1) throw invalid('a window lasts at least 1 ms');
  if (feed.devicesMin < 1) throw invalid('devicesMin is at least 1');
  if (feed.deviceReportsMax < 1) throw invalid('deviceReportsMax is at least 1');
  requireDistinct(
    feed.channels.map((entry) => entry.name),
    `channels of feed ${feed.id}`,
  );
  for (const channel of feed.channels) {
    if (channel.min > channel.max) throw invalid('min over max');
    // Differences of two readings stay exact in a number.
    if (channel.max - channel.min > READING_MAX) throw invalid('max - min over 2^53 - 1');
    if (channel.min < -READING_MAX || channel.max > READING_MAX) throw invalid('bounds over 2^53 - 1');
    if (Math.abs(channel.exponent) > EXPONENT_ABS_MAX) throw invalid(`exponent over +-${EXPONENT_ABS_MAX}`);
    requireDistinct(channel.aggregates, `aggregates of feed ${feed.id}, channel ${channel.name},`);
  }
  if (feed.moveCellsPerHourMax !== null && feed.groupResolution === null) {
    throw invalid('moves are judged between cells: moveCellsPerHourMax needs a groupResolution');
  }
  const isUnboundedlyOpen = feed.open && feed.groupResolution !== null && feed.groupsAllowed === null;
  if (isUnboundedlyOpen) throw invalid('an open feed with groups names the groups that it allows');
  if (!feed.open && feed.registrars.length === 0) throw invalid('needs a registrar, or to be open');
}

function requireDistinct(values: readonly string[], what: string): void {
  if (new Set(values).size !== values.length) throw genesisInvalid(`${what} must be distinct`);
}

/**
 * "Keys are admitted when they are canonical points of prime order and not the identity" (protocol section 2): no
 * signature is then valid for one verifier and not for another.
 */
function requireKeys(keys: readonly PublicKey[], what: string): void {
  const unsound = keys.findIndex((key) => !isValidPublicKey(key));
  if (unsound >= 0) throw genesisInvalid(`${what} is no point of prime order: ${keys[unsound]}`);
}

function genesisInvalid(why: string): CairnError {
  return new CairnError('PROTOCOL_GENESIS_INVALID', why);
}

function pickDraft(draft: GenesisDraft): GenesisDraft {
  const { rulesVersion, networkName, createdAt, members, parameters, feeds, recoveryKeys, recoveryThreshold } = draft;
  return { rulesVersion, networkName, createdAt, members, parameters, feeds, recoveryKeys, recoveryThreshold };
}

/** The members of an epoch, with what is needed to check their votes and shares. */
export interface Committee {
  /** The first epoch that it serves. */
  readonly epoch: number;
  readonly groupKey: PublicKey;
  readonly members: readonly CommitteeMember[];
}
export interface CommitteeMember {
  readonly index: MemberIndex;
  readonly identityKey: PublicKey;
  readonly verificationShare: PublicKey;
}

const committeeCodec = struct({
  groupKey: publicKey,
  members: list(struct({ identityKey: publicKey, verificationShare: publicKey }), MEMBERS_MAX, 1),
});

/** The committee that the genesis document names. */
export function genesisCommittee(genesis: Genesis): Committee {
  const members = genesis.members.map((entry, index) => ({
    index,
    identityKey: entry.identityKey,
    verificationShare: genesis.verificationShares[index] as PublicKey,
  }));
  return { epoch: 0, groupKey: genesis.groupKey, members };
}

/** Hash over keys and shares; the epoch is left out, so an unchanged committee keeps its hash. */
export function committeeHash(committee: Committee): Hash {
  const members = committee.members.map(({ identityKey, verificationShare }) => ({ identityKey, verificationShare }));
  return sha256Hash(toBytes(committeeCodec, { groupKey: committee.groupKey, members }));
}

/** Header 0 holds the genesis hash and is signed by nobody. */
export function genesisHeader(genesis: Genesis): BlockHeader {
  const networkId = networkIdOf(genesis);
  return {
    version: genesis.rulesVersion,
    networkId,
    height: 0,
    parentHash: networkId,
    parentCertificateHash: ZERO_HASH,
    time: genesis.createdAt,
    leader: 0,
    epoch: 0,
    batchesRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    reportsRoot: ZERO_HASH,
    resultsRoot: ZERO_HASH,
    stateHash: ZERO_HASH,
    previousLogRoot: ZERO_HASH,
    committeeHash: committeeHash(genesisCommittee(genesis)),
    epochEnd: null,
  };
}

/** Epoch of a height: block 1 opens epoch 0. */
export function epochOfHeight(height: number, epochBlocks: number): number {
  return height === 0 ? 0 : Math.floor((height - 1) / epochBlocks);
}

export function isLastOfEpoch(height: number, epochBlocks: number): boolean {
  return height > 0 && height % epochBlocks === 0;
}

/** @returns the height of the first block of that height's epoch. */
export function firstOfEpoch(height: number, epochBlocks: number): number {
  return epochOfHeight(height, epochBlocks) * epochBlocks + 1;
}
