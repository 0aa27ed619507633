/**
 * Consensus constants: bounds that decide validity. Never configuration (protocol section 2).
 * Changing one is a new rules version.
 */
export const RULES_VERSION = 1;

export const NETWORK_NAME_PATTERN = /^[a-z0-9-]{1,32}$/;
export const FEED_ID_PATTERN = /^[a-z0-9-]{1,32}$/;
export const CHANNEL_NAME_PATTERN = /^[a-z0-9_]{1,32}$/;

export const MEMBERS_MAX = 128;
export const FEEDS_MAX = 256;
export const CHANNELS_MAX = 16;
export const REGISTRARS_MAX = 16;
export const GENESIS_BYTES_MAX = 1024 * 1024;

/** A reading, scaled by the feed's exponent. */
export const READING_MAX = 2 ** 53 - 1;
export const REPORT_BYTES_MAX = 1024;
export const REGISTRATION_BYTES_MAX = 2048;
export const REGISTRATION_FEEDS_MAX = 16;
export const ITEM_BYTES_MAX = 16 * 1024;

export const BATCH_ITEMS_MAX = 512;
export const BATCH_BYTES_MAX = 384 * 1024;
/** A batch may stand in blocks of height base + 1 to base + this. */
export const BATCH_LIFETIME_HEIGHTS = 1000;

export const BLOCK_BATCHES_MAX = 64;
export const BLOCK_ITEMS_MAX = 16_384;
export const BLOCK_BYTES_MAX = 8 * 1024 * 1024;
export const BLOCK_WINDOWS_MAX = 256;
export const BLOCK_REGISTRATIONS_MAX = 1024;
/** Registrations accepted in one block for one feed. */
export const BLOCK_FEED_REGISTRATIONS_MAX = 256;

export const FEED_DEVICES_MAX = 100_000;
export const FEED_GROUPS_MAX = 4096;
export const FEED_OPEN_WINDOWS_MAX = 8192;
export const WINDOW_SAMPLES_MAX = 16_384;
/** A report observed more than this after the block's time is deferred. */
export const FUTURE_TOLERANCE_MS = 10_000;
/** Further ahead it is refused as `future`: a clock that wrong would fill the deferred reports for long. */
export const FUTURE_DEFERRED_MS_MAX = 600_000;
export const FEED_DEFERRED_MAX = 1024;
/** Deferred reports of one device in one feed. */
export const DEVICE_DEFERRED_MAX = 8;
/** Deferred reports that one block judges again; the rest waits, oldest first. */
export const BLOCK_SETTLED_MAX = 4096;
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

export const VIEW_MAX = 1_000_000;
export const AGREEMENT_BYTES_MAX = 256 * 1024;
/** Batches that a TimeoutVote may name as missing. */
export const MISSING_BATCHES_MAX = BLOCK_BATCHES_MAX;
export const CHECKPOINT_BYTES_MAX = 1024;
export const ATTESTATION_BYTES_MAX = 64 * 1024;
export const MERKLE_PATH_MAX = 64;
