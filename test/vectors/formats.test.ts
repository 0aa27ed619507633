import { readFileSync } from 'node:fs';
import { verifySignature } from '@cairn/crypto';
import { fromHex, Rng, toHex, toPublicKey, toSignature } from '@cairn/primitives';
import {
  decodeAttestation,
  decodeCheckpointNote,
  decodeCredit,
  decodeEvidence,
  decodeGenesis,
  decodeReport,
  EVIDENCE_KINDS,
  evidenceFromJson,
  evidenceId,
  verifyCheckpointNote,
} from '@cairn/protocol';
import { evidenceFault, networkDoor } from '@cairn/replica';
import { frostScheme } from '@cairn/threshold';
import { readAttestation, readAttestationJson, verifyAttestation } from '@cairn/verify';
import { describe, expect, it } from 'vitest';
import { FORMATS, freezeHash, vectorText } from './formats.ts';
import { WIRE_TYPES } from './wire-types.ts';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** Compared type by type below: all of it in one test takes long on a busy machine. */
const FREEZE_FILE = 'wire-freeze.json';

describe('golden vectors', () => {
  // A difference is a change of the wire: `pnpm vectors --write` accepts it, and its diff is what to review.
  it.each(Object.entries(FORMATS).filter(([file]) => file !== FREEZE_FILE))(
    '%s is what the code makes',
    (file, make) => {
      expect(read(file)).toBe(vectorText(make()));
    },
  );

  it('device reports decode and verify from the file alone', () => {
    const { networkId, device, cases } = JSON.parse(read('device-report.json'));
    expect(cases).toHaveLength(8);
    for (const golden of cases) {
      const { report, signature, signedBytes } = decodeReport(fromHex(golden.bytes), networkId);
      expect(report.device).toBe(device);
      expect(toHex(signedBytes)).toBe(golden.signedBytes);
      expect(verifySignature(report.device, signedBytes, signature), golden.name).toBe(true);
    }
  });

  it('the checkpoint note verifies from the file alone', () => {
    const { note, groupKey } = JSON.parse(read('checkpoint.json'));
    expect(verifyCheckpointNote(decodeCheckpointNote(note), toPublicKey(groupKey))).toBe(true);
  });

  it('attestations verify from the file alone, in both forms', () => {
    const { genesis, networkId, cases } = JSON.parse(read('attestation.json'));
    const trust = { genesis: fromHex(genesis), networkId };
    for (const { json, cbor } of cases) {
      expect(verifyAttestation(readAttestationJson(json), trust).verified).toBe(true);
      expect(readAttestation(fromHex(cbor))).toEqual(readAttestationJson(json));
      expect(verifyAttestation(decodeAttestation(fromHex(cbor)), trust).verified).toBe(true);
    }
  });

  it('evidence convicts from the file alone, in both forms', () => {
    const { genesis, cases } = JSON.parse(read('evidence.json'));
    const by = { verify: verifySignature, scheme: frostScheme };
    const door = networkDoor(decodeGenesis(fromHex(genesis)), by);
    for (const { json, bytes, id } of cases) {
      const evidence = decodeEvidence(fromHex(bytes));
      expect(evidenceFromJson(json)).toEqual(evidence);
      expect(evidenceId(fromHex(bytes))).toBe(id);
      expect(evidenceFault(evidence, door), json.kind).toBe(null);
    }
    expect(cases.map((each: { json: { kind: string } }) => each.json.kind)).toEqual(EVIDENCE_KINDS);
  });

  it('a credit carries the signature of a PrepareVote', () => {
    const { member, signedBytes, bytes } = JSON.parse(read('credit.json'));
    const { signature, member: index } = decodeCredit(fromHex(bytes));
    expect(index).toBe(3);
    expect(verifySignature(toPublicKey(member), fromHex(signedBytes), signature)).toBe(true);
  });

  it('registrations are signed by their signer', () => {
    for (const { signer, signature, signedBytes } of Object.values(JSON.parse(read('registration.json'))) as never[]) {
      expect(verifySignature(toPublicKey(signer), fromHex(signedBytes), toSignature(signature))).toBe(true);
    }
  });
});

describe('every wire type', () => {
  it('is frozen', () => {
    expect(Object.keys(JSON.parse(read(FREEZE_FILE)))).toEqual(WIRE_TYPES.map(({ name }) => name));
  });

  it.each(WIRE_TYPES)(
    '$name: the hash over 10,000 seeded values is the frozen one',
    ({ name, sample }) => {
      expect(freezeHash(name, sample)).toBe(JSON.parse(read(FREEZE_FILE))[name]);
    },
    120_000,
  );

  it.each(WIRE_TYPES.map((type) => [type.name, type] as const))('%s: encode(decode(x)) = x', (_, { sample, again }) => {
    if (again === undefined) return;
    const rng = new Rng(5);
    for (let i = 0; i < 100; i++) {
      const bytes = sample(rng);
      expect(toHex(again(bytes))).toBe(toHex(bytes));
    }
  });
});
