import { CairnError, toHash } from '@cairn/primitives';
import {
  type Attestation,
  type AttestationJson,
  attestationToJson,
  decodeAttestation,
  encodeAttestation,
} from '@cairn/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkFixture } from './fixture.ts';
import {
  type CheckName,
  firstFailure,
  readAttestation,
  readAttestationJson,
  TrustRoot,
  type VerificationReport,
  verifyAttestation,
} from './index.ts';

const network = networkFixture();
const trust = TrustRoot.of({ networkId: network.networkId, groupKey: network.groupKey });
const KINDS = ['result', 'report'] as const;

describe('a tampered attestation', () => {
  /** What no one can judge without the chain: `chain` stays 'not-checked' for them. */
  const CHAIN_CLAIMS = ['anchor.slot', 'anchor.blockTime', 'anchor.chain', 'anchor.transaction'];
  /** Steers the walk through the tree; its root names no size, so another size may give the same walk. */
  const WALK_HINT = 'inclusion.size';
  /** The check that must name each field's fault, where the document can still be read. */
  const REASONS: Readonly<Record<string, readonly CheckName[]>> = {
    networkName: ['signature'],
    networkId: ['network'],
    groupKey: ['network'],
    subject: ['inclusion', 'subject'],
    inclusion: ['inclusion'],
    header: ['header'],
    checkpoint: ['signature'],
    anchor: ['anchor'],
  };

  it.each(KINDS)('is refused for the right reason, whichever field of the %s JSON was changed', (kind) => {
    const json = attestationToJson(network.attestation({ kind, height: 6 }));
    const leaves = leavesOf(json);
    expect(leaves.length).toBeGreaterThan(20);
    for (const path of leaves) {
      for (const value of mutations(get(json, path))) {
        const field = path.join('.');
        const tampered = structuredClone(json) as AttestationJson;
        set(tampered, path, value);
        const verdict = judged(() => readAttestationJson(tampered));
        const where = `${field} = ${JSON.stringify(value)}`;
        if (verdict.report === undefined) {
          expect(verdict.code, where).toBe('VERIFY_DOCUMENT_MALFORMED');
        } else if (CHAIN_CLAIMS.includes(field)) {
          expect(verdict.report.checks.find(({ name }) => name === 'chain')?.holds, where).toBe('not-checked');
        } else if (field === WALK_HINT && verdict.report.verified) {
          expect(verdict.attestation, where).toEqual({ ...readAttestationJson(json), inclusion: tampered.inclusion });
        } else {
          expect(verdict.report.verified, where).toBe(false);
          expect(REASONS[path[0] as string], where).toContain(firstFailure(verdict.report)?.name);
          expect(firstFailure(verdict.report)?.code, where).toMatch(/^VERIFY_/);
        }
      }
    }
  });

  it('is refused when a field is missing, or one is added at any depth', () => {
    const json = attestationToJson(network.attestation());
    for (const path of leavesOf(json, { objects: true })) {
      const without = structuredClone(json) as AttestationJson;
      remove(without, path);
      expect(judged(() => readAttestationJson(without)).report?.verified ?? false, `without ${path.join('.')}`).toBe(
        false,
      );
      const inner = get(json, path);
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
        const more = structuredClone(json) as AttestationJson;
        set(more, [...path, 'extra'], 1);
        expect(judged(() => readAttestationJson(more)).code, `${path.join('.')}.extra`).toBe(
          'VERIFY_DOCUMENT_MALFORMED',
        );
      }
    }
  });

  it.each(KINDS)(
    'is refused whichever byte of the %s CBOR was flipped, but for what only the chain can judge',
    (kind) => {
      const original = network.attestation({ kind });
      const bytes = encodeAttestation(original);
      let read = 0;
      for (let i = 0; i < bytes.length; i++) {
        for (const mask of [0x01, 0x80]) {
          const tampered = bytes.slice();
          tampered[i] = (tampered[i] as number) ^ mask;
          const verdict = judged(() => decodeAttestation(tampered));
          if (verdict.report === undefined) {
            expect(verdict.code, `byte ${i}`).toMatch(/^(PROTOCOL|BYTES)_/);
            continue;
          }
          read++;
          if (verdict.report.verified)
            expect(withoutClaims(verdict.attestation), `byte ${i}`).toEqual(withoutClaims(original));
          else expect(firstFailure(verdict.report)?.code, `byte ${i}`).toMatch(/^VERIFY_/);
        }
      }
      expect(read).toBeGreaterThan(bytes.length / 4);
    },
  );

  it('random cuts, splices and garbage never verify and never throw uncoded', () => {
    const seeds = KINDS.map((kind) => encodeAttestation(network.attestation({ kind })));
    const original = KINDS.map((kind) => withoutClaims(network.attestation({ kind })));
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), fc.nat(64), fc.uint8Array({ maxLength: 64 }), (which, at, cut, insert) => {
        const seed = seeds[which] as Uint8Array;
        const start = at % seed.length;
        const tampered = Uint8Array.of(...seed.subarray(0, start), ...insert, ...seed.subarray(start + cut));
        const verdict = judged(() => readAttestation(tampered));
        if (verdict.report?.verified) expect(original).toContainEqual(withoutClaims(verdict.attestation));
        else expect(verdict.code ?? firstFailure(verdict.report!)?.code).toMatch(/^VERIFY_/);
      }),
      { numRuns: 1500 },
    );
  });

  function judged(read: () => Attestation): { report?: VerificationReport; attestation?: Attestation; code?: string } {
    let attestation: Attestation;
    try {
      attestation = read();
    } catch (error) {
      if (error instanceof CairnError) return { code: error.code };
      throw error;
    }
    return { attestation, report: verifyAttestation(attestation, trust) };
  }

  function withoutClaims(attestation: Attestation | undefined): unknown {
    const anchor = attestation?.anchor && {
      checkpoint: attestation.anchor.checkpoint,
      proof: attestation.anchor.proof,
    };
    return { ...attestation, anchor };
  }
});

type Path = readonly (string | number)[];

function leavesOf(value: unknown, options: { objects?: boolean } = {}, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const children = Object.entries(value).flatMap(([key, child]) => leavesOf(child, options, [...path, key]));
  return options.objects && path.length > 0 ? [path, ...children] : children;
}

function get(value: unknown, path: Path): unknown {
  return path.reduce((node, key) => (node as Record<string, unknown>)[key], value);
}

function set(value: unknown, path: Path, leaf: unknown): void {
  (get(value, path.slice(0, -1)) as Record<string, unknown>)[path.at(-1) as string] = leaf;
}

function remove(value: unknown, path: Path): void {
  const parent = get(value, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else delete (parent as Record<string, unknown>)[path.at(-1) as string];
}

/** Other values of the same type, of the same shape where it has one, and of other types. */
function mutations(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, value === 0 ? 7 : -value, value + 0.5, String(value), null];
  if (typeof value === 'boolean') return [!value, 1, null];
  if (value === null) return [0, ''];
  const text = value as string;
  const flipped = [0, Math.floor(text.length / 2), text.length - 1].map((at) => {
    const swap = /[0-9a-f]/.test(text[at] as string) ? (text[at] === '7' ? '8' : '7') : text[at] === 'A' ? 'B' : 'A';
    return text.slice(0, at) + swap + text.slice(at + 1);
  });
  return [...flipped, `${text}0`, text.slice(1), '', toHash(new Uint8Array(32)), 1, null].filter(
    (other) => other !== text,
  );
}
