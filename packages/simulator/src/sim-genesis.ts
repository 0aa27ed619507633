import type { VerifySignature } from '@cairn/consensus';
import { type MemberIndex, type PublicKey, quorumOf, Rng, ZERO_HASH } from '@cairn/primitives';
import type { FeedDefinition, Genesis } from '@cairn/protocol';
import { type BatchDoor, type NetworkDoor, networkDoor } from '@cairn/replica';
import { frostScheme, type KeyShare, type ThresholdScheme } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';
import { dealToyShares, toyScheme } from '@cairn/threshold/toy';
import { toyPublicKey } from './toy-keys.ts';

export const WORLD_START_MS = 1_700_000_000_000;
const VIEW_TIMEOUT_CAP_FACTOR = 16;

export interface SimGenesisOptions {
  readonly seed: number;
  readonly memberCount: number;
  readonly feeds: readonly FeedDefinition[];
  readonly isRealFrost: boolean;
  readonly viewTimeoutMs?: number;
}

/** A network of toy identities with the shares of its group key; a pure function of the options. */
export function simGenesis(options: SimGenesisOptions): {
  readonly genesis: Genesis;
  readonly keyShares: readonly KeyShare[];
  readonly scheme: ThresholdScheme;
} {
  const { memberCount, viewTimeoutMs = 1000 } = options;
  const dealt = dealtShares(memberCount, options.isRealFrost);
  const genesis: Genesis = {
    rulesVersion: 1,
    networkName: 'sim',
    createdAt: WORLD_START_MS - 1000,
    members: Array.from({ length: memberCount }, (_, index) => ({
      name: `member-${index}`,
      identityKey: memberKey(index),
      addresses: [],
    })),
    parameters: {
      blockIntervalMs: 100,
      viewTimeoutMs,
      viewTimeoutMsMax: viewTimeoutMs * VIEW_TIMEOUT_CAP_FACTOR,
      epochBlocks: 8,
    },
    feeds: options.feeds,
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: ZERO_HASH,
    transcriptHash: ZERO_HASH,
    groupKey: dealt.groupKey,
    verificationShares: dealt.verificationShares,
  };
  return { genesis, keyShares: dealt.keyShares, scheme: options.isRealFrost ? frostScheme : toyScheme };
}

type Dealt = ReturnType<typeof dealToyShares>;
const dealtOf = new Map<string, Dealt>();

/** Key generation costs more than a short run, so committees of one size share their keys. */
function dealtShares(memberCount: number, isRealFrost: boolean): Dealt {
  const name = `${memberCount}/${isRealFrost}`;
  let dealt = dealtOf.get(name);
  if (dealt === undefined) {
    const sizes = { threshold: quorumOf(memberCount).certified, memberCount };
    dealt = isRealFrost ? dealShares(sizes, new Rng(memberCount)) : dealToyShares(sizes, new Rng(memberCount));
    dealtOf.set(name, dealt);
  }
  return dealt;
}

/** Toy signatures, so toy keys. */
export type SimDoor = NetworkDoor & Required<Pick<BatchDoor, 'admitsKey'>>;

export function simDoor(genesis: Genesis, scheme: ThresholdScheme, verify: VerifySignature): SimDoor {
  return { ...networkDoor(genesis, { verify, scheme }), admitsKey: () => true };
}

/** A member's toy identity key. */
export function memberKey(index: MemberIndex): PublicKey {
  return toyPublicKey(`member-${index}`);
}
