import { createSigner, keyPairFromSeed, type Signer } from '@cairn/crypto';
import { type NetworkId, quorumOf, Rng, toPublicKey, ZERO_HASH } from '@cairn/primitives';
import {
  type FeedDefinition,
  type Genesis,
  type GenesisDraft,
  type NetworkParameters,
  registrationCodec,
  signReport,
} from '@cairn/protocol';
import { feedFixture } from '@cairn/protocol/testing';
import type { KeyShare } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';

export interface TestNetworkOptions {
  readonly seed: number;
  readonly ports: readonly number[];
  readonly parameters: NetworkParameters;
  readonly feed: Partial<FeedDefinition>;
}

/** Identity keys and a draft whose members listen on the given ports of this machine. */
export interface TestCommittee {
  readonly identitySeeds: readonly Uint8Array[];
  readonly registrar: Signer;
  readonly draft: GenesisDraft;
}

export const TEST_PARAMETERS: NetworkParameters = {
  blockIntervalMs: 100,
  viewTimeoutMs: 1500,
  viewTimeoutMsMax: 10_000,
  epochBlocks: 1000,
};

export function testCommittee({ seed = 1, ports = [], parameters, feed }: Partial<TestNetworkOptions>): TestCommittee {
  const rng = new Rng(seed);
  const registrar = createSigner(rng.bytes(32));
  const identitySeeds = ports.map(() => rng.bytes(32));
  const draft: GenesisDraft = {
    rulesVersion: 1,
    networkName: 'test',
    createdAt: Date.now() - 1000,
    members: identitySeeds.map((identitySeed, i) => ({
      name: `node-${i}`,
      identityKey: keyPairFromSeed(identitySeed).publicKey,
      addresses: [`/ip4/127.0.0.1/tcp/${ports[i]}`],
    })),
    parameters: parameters ?? TEST_PARAMETERS,
    feeds: [feedFixture({ windowMs: 2000, graceMs: 200, registrars: [registrar.publicKey], ...feed })],
    recoveryKeys: [],
    recoveryThreshold: 0,
  };
  return { identitySeeds, registrar, draft };
}

/** A network whose key was dealt: for tests of what comes after the ceremony. */
export function dealtNetwork(committee: TestCommittee, seed = 1): { genesis: Genesis; keyShares: readonly KeyShare[] } {
  const memberCount = committee.draft.members.length;
  const sizes = { threshold: quorumOf(memberCount).certified, memberCount };
  const { groupKey, verificationShares, keyShares } = dealShares(sizes, new Rng(seed + 1000));
  const made = { ceremonyId: ZERO_HASH, transcriptHash: ZERO_HASH, groupKey, verificationShares };
  return { genesis: { ...committee.draft, ...made }, keyShares };
}

/** A device of the test feed. */
export class TestDevice {
  readonly signer: Signer;
  readonly #networkId: NetworkId;
  #seq: number;

  constructor(seed: number, networkId: NetworkId, firstSeq = 0) {
    this.#seq = firstSeq;
    this.signer = createSigner(new Rng(seed).bytes(32));
    this.#networkId = networkId;
  }

  registration(registrar: Signer): Uint8Array {
    const now = Date.now();
    const body = {
      device: this.signer.publicKey,
      feeds: ['air'],
      owner: toPublicKey('11'.repeat(32)),
      cell: null,
      notBefore: now - 3_600_000,
      notAfter: now + 3_600_000,
      issuedAt: now,
    };
    const signature = registrar.sign(registrationCodec.signingBytes(this.#networkId, body));
    return registrationCodec.encode({ body, signer: registrar.publicKey, signature });
  }

  /** A report with the next sequence number, unless told otherwise. */
  report(change: { readonly seq?: number; readonly observedAt?: number; readonly value?: number } = {}): Uint8Array {
    const { seq = this.#seq++, observedAt = Date.now(), value = 100 + (seq % 50) } = change;
    const by = { networkId: this.#networkId, signer: this.signer };
    return signReport({ feed: 'air', seq, observedAt, values: [value] }, by);
  }
}
