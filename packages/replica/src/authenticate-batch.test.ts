import { readFileSync } from 'node:fs';
import { createSigner, isValidPublicKey, type Signer, verifySignature } from '@cairn/crypto';
import { type MemberIndex, Rng, toHash, toPublicKey } from '@cairn/primitives';
import {
  encodeCredit,
  ITEM_KINDS,
  type RegistrationBody,
  registrationCodec,
  revocationCodec,
  sealCredit,
  signReport,
} from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { type BatchDoor, itemFault } from './index.ts';

const rng = new Rng(4);
const networkId = toHash(rng.bytes(32));
const registrar = createSigner(rng.bytes(32));
// A registration asks nothing of a committee or a scheme.
const door = { networkId, verify: verifySignature } as BatchDoor;

function registration(device: string, signer: Signer = registrar) {
  const body: RegistrationBody = {
    device: toPublicKey(device),
    feeds: ['air'],
    owner: registrar.publicKey,
    cell: null,
    notBefore: 0,
    notAfter: 1,
    issuedAt: 0,
  };
  const signature = signer.sign(registrationCodec.signingBytes(networkId, body));
  return {
    kind: 'registration' as const,
    bytes: registrationCodec.encode({ body, signer: registrar.publicKey, signature }),
  };
}

describe('a registration in a batch', () => {
  it('stands with a sound key and signature, and not with another signature', () => {
    const device = createSigner(rng.bytes(32));
    expect(itemFault(registration(device.publicKey), door)).toBeNull();
    expect(itemFault(registration(device.publicKey, device), door)).toMatch(/signature/);
  });

  it('does not admit a key that libraries disagree on, though its signature verifies', () => {
    // Every key of the crafted cases that is not of prime order: small order, mixed order, off the curve, not canonical.
    const cases = readFileSync(new URL('../../../test/vectors/ed25519-edge.json', import.meta.url), 'utf8');
    const keys = new Set((JSON.parse(cases) as { readonly publicKey: string }[]).map(({ publicKey }) => publicKey));
    const unsound = [...keys].filter((key) => !isValidPublicKey(toPublicKey(key)));
    expect(unsound.length).toBeGreaterThan(20);
    for (const key of unsound) expect(itemFault(registration(key), door), key).toMatch(/prime order/);
  });
});

describe('other items in a batch', () => {
  const body = { device: createSigner(rng.bytes(32)).publicKey, feeds: ['air'], issuedAt: 0 };
  const revokedBy = (signer: Signer) => {
    const signature = signer.sign(revocationCodec.signingBytes(networkId, body));
    const bytes = revocationCodec.encode({ body, signer: registrar.publicKey, signature });
    return { kind: 'revocation' as const, bytes };
  };

  it('a revocation stands with the signature of whom it names, and with no other', () => {
    expect(itemFault(revokedBy(registrar), door)).toBeNull();
    expect(itemFault(revokedBy(createSigner(rng.bytes(32))), door)).toMatch(/signature of a revocation/);
  });

  it('a report stands with the signature of its device, and is verified once', () => {
    const device = createSigner(rng.bytes(32));
    const sound = signReport({ feed: 'air', seq: 1, observedAt: 2, values: [3] }, { networkId, signer: device });
    const forged = sound.with(-1, (sound.at(-1) as number) ^ 1);
    const faultOf = (bytes: Uint8Array, by: BatchDoor = door) => itemFault({ kind: 'report', bytes }, by);
    expect(faultOf(sound)).toBeNull();
    expect(faultOf(forged)).toMatch(/signature of a device/);
    expect(faultOf(forged, { ...door, isVerified: () => true })).toBeNull();
    expect(faultOf(sound, { ...door, verifyReport: () => false })).toMatch(/signature of a device/);
  });

  it('a kind without a rule in this version is refused', () => {
    const kinds = ITEM_KINDS.filter(
      (kind) => !['report', 'registration', 'revocation', 'evidence', 'credit'].includes(kind),
    );
    expect(kinds.length).toBeGreaterThan(0);
    for (const kind of kinds) expect(itemFault({ kind, bytes: new Uint8Array(3) }, door), kind).toMatch(/no rule/);
  });
});

describe('a credit in a batch', () => {
  const members = [0, 1].map(() => createSigner(rng.bytes(32)));
  const committee = { members: members.map(({ publicKey }) => ({ identityKey: publicKey })) };
  const withCommittee = { ...door, epochBlocks: 100, committee } as unknown as BatchDoor;
  const vote = { epoch: 1, height: 105, view: 0, blockHash: toHash(rng.bytes(32)) };
  const creditOf = (member: MemberIndex, change: Partial<typeof vote> = {}, signer = members[member] as Signer) =>
    sealCredit(networkId, { ...vote, ...change, member }, signer.sign);
  const faultOf = (credit: ReturnType<typeof creditOf>) =>
    itemFault({ kind: 'credit', bytes: encodeCredit(credit) }, withCommittee);

  it('stands with the signature of the PrepareVote, and with no other', () => {
    expect(faultOf(creditOf(1))).toBeNull();
    expect(faultOf(creditOf(1, {}, members[0]))).toMatch(/did not sign/);
    expect(faultOf({ ...creditOf(1), view: 1 })).toMatch(/did not sign/);
    expect(faultOf({ ...creditOf(1), blockHash: toHash(rng.bytes(32)) })).toMatch(/did not sign/);
    expect(faultOf(creditOf(1, { epoch: 0 }))).toMatch(/epoch/);
    expect(faultOf(creditOf(7, {}, members[0]))).toMatch(/no member/);
  });
});
