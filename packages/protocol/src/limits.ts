/**
 * Consensus constants: bounds that decide validity. Never configuration (protocol section 2).
 * Changing one is a new rules version.
 */

/** Version of the rules that these constants belong to. */
export const RULES_VERSION = 1;

/** Names of networks: first part of a checkpoint's origin. */
export const NETWORK_NAME_PATTERN = /^[a-z0-9-]{1,32}$/;
/** Ids of feeds. */
export const FEED_ID_PATTERN = /^[a-z0-9-]{1,32}$/;
/** Names of channels within a feed. */
export const CHANNEL_NAME_PATTERN = /^[a-z0-9_]{1,32}$/;

/** Members of a committee. */
export const MEMBERS_MAX = 128;
/** Feeds of a network. */
export const FEEDS_MAX = 256;
/** Channels of a feed, so readings of a report. */
export const CHANNELS_MAX = 16;
/** Registrars of a feed. */
export const REGISTRARS_MAX = 16;
/** Bytes of a genesis document or draft. */
export const GENESIS_BYTES_MAX = 1024 * 1024;

/** A reading, scaled by the feed's exponent. */
export const READING_MAX = 2 ** 53 - 1;
/** Bytes of a DeviceReport. */
export const REPORT_BYTES_MAX = 1024;
/** Bytes of a registration or revocation. */
export const REGISTRATION_BYTES_MAX = 2048;
/** Feeds that one registration or revocation names. */
export const REGISTRATION_FEEDS_MAX = 16;
/** Bytes of a batch item of any kind. */
export const ITEM_BYTES_MAX = 16 * 1024;

/** Bytes of a credit. */
export const CREDIT_BYTES_MAX = 128;

/** Bytes of an item that evidence of an invalid batch can show: what stands around it must fit into an item too. */
export const SHOWN_ITEM_BYTES_MAX = 15 * 1024;

/** Items of a batch. */
export const BATCH_ITEMS_MAX = 512;
/** Bytes of a batch, its signature included. */
export const BATCH_BYTES_MAX = 384 * 1024;
/** A batch may stand in blocks of height base + 1 to base + this. */
export const BATCH_LIFETIME_HEIGHTS = 1000;

/** Batches of a block. */
export const BLOCK_BATCHES_MAX = 64;
/** Items in all batches of a block. */
export const BLOCK_ITEMS_MAX = 16_384;
/** Bytes of all batches of a block. */
export const BLOCK_BYTES_MAX = 8 * 1024 * 1024;
/** Windows that one block closes. */
export const BLOCK_WINDOWS_MAX = 256;
/** Evidence accepted in one block. */
export const BLOCK_EVIDENCE_MAX = 32;
/** Evidence older than this many epochs is refused, and what was accepted is forgotten. */
export const EVIDENCE_EPOCHS = 2;
/** A leader whose last views failed, so many of them, may be skipped (5.4). */
export const LEADER_FAILURES_MAX = 3;
/** And only if none of the last certificates, so many of them, has its vote. */
export const LEADER_ABSENCE_HEIGHTS = 100;
/** After so many heights it gets its turns again. */
export const LEADER_SKIP_HEIGHTS_MAX = 1000;
/**
 * A vote that was left out of its certificate is credited in one of so many blocks after it (5.4). Enough for the 16
 * heights that a member gathers before it posts, for 42 leaders in a row that keep its item out, and for the way.
 */
export const CREDIT_HEIGHTS = 64;
/** Credits of one member accepted in one block: two postings of 16. Nobody's credits crowd out another's. */
export const BLOCK_MEMBER_CREDITS_MAX = 32;
/** How far ahead a device may let its own registration for an open feed last: nobody fills a feed for ever. */
export const SELF_REGISTRATION_MS_MAX = 30 * 24 * 3_600_000;
/** Registrations accepted in one block. */
export const BLOCK_REGISTRATIONS_MAX = 1024;
/** Registrations accepted in one block for one feed. */
export const BLOCK_FEED_REGISTRATIONS_MAX = 256;

/** Registered devices of a feed. */
export const FEED_DEVICES_MAX = 100_000;
/** Groups of a feed that have an open window. */
export const FEED_GROUPS_MAX = 4096;
/** Open windows of a feed, all groups. */
export const FEED_OPEN_WINDOWS_MAX = 8192;
/** Reports that one window takes. */
export const WINDOW_SAMPLES_MAX = 16_384;
/** A report observed more than this after the block's time is deferred. */
export const FUTURE_TOLERANCE_MS = 10_000;
/** Further ahead it is refused as `future`: a clock that wrong would fill the deferred reports for long. */
export const FUTURE_DEFERRED_MS_MAX = 600_000;
/** Deferred reports of a feed. */
export const FEED_DEFERRED_MAX = 1024;
/** Deferred reports of one device in one feed. */
export const DEVICE_DEFERRED_MAX = 8;
/** Deferred reports that one block judges again; the rest waits, oldest first. */
export const BLOCK_SETTLED_MAX = 4096;
/** Sequence numbers below the highest accepted one that are told apart. */
export const REPLAY_BITMAP_BITS = 256;
/** Accepted reports per device and feed, latest in observedAt, that step and move are judged against. */
export const DEVICE_RECENT_MAX = 8;
/** Readings (samples times channels) in the windows that one block closes; the first window always fits. */
export const BLOCK_CLOSED_READINGS_MAX = 262_144;
/** A feed's window, grace and freshness; 400 days. */
export const FEED_DURATION_MS_MAX = 34_560_000_000;
/** Of a channel with numbers: value = n * 10^exponent, -18 <= exponent <= 18. */
export const EXPONENT_ABS_MAX = 18;

/** How far a fresh block's time may be ahead of a voter's clock, and behind it besides the view's timeout (6.1). */
export const BLOCK_TIME_TOLERANCE_MS = 2000;

/** Highest view of a height. */
export const VIEW_MAX = 1_000_000;
/** Bytes of an agreement message, block or certificate. */
export const AGREEMENT_BYTES_MAX = 256 * 1024;
/** Batches that a TimeoutVote may name as missing. */
export const MISSING_BATCHES_MAX = BLOCK_BATCHES_MAX;
/** Bytes of a checkpoint note. */
export const CHECKPOINT_BYTES_MAX = 1024;
/** Bytes of an attestation in CBOR. */
export const ATTESTATION_BYTES_MAX = 64 * 1024;
/** Hashes of an inclusion path. */
export const MERKLE_PATH_MAX = 64;

/** Keys and values of the entries of one chunk of a snapshot; an entry that alone is larger has a chunk of its own. */
export const SNAPSHOT_CHUNK_CONTENT_MAX = 256 * 1024;
/** Bytes of a chunk: the samples that one block adds to one window, the largest entry, take less. */
export const SNAPSHOT_CHUNK_BYTES_MAX = 3.5 * 1024 * 1024;
/** Chunks of a snapshot. */
export const SNAPSHOT_CHUNKS_MAX = 65_536;
/** A new node refuses a checkpoint that is older (5.7). */
export const CHECKPOINT_AGE_MS_MAX = 14 * 24 * 3_600_000;

/** Lists and maps inside each other, in any CBOR: some three times what the deepest message has. */
export const CBOR_NESTING_MAX = 32;
