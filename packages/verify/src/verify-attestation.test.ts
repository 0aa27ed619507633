import { fromHex } from '@cairn/primitives';
import {
  type Attestation,
  attestationToJson,
  type BlockHeader,
  checkpointText,
  decodeCheckpointNote,
  encodeAttestation,
  encodeCheckpointNote,
  encodeHeader,
  headerHash,
} from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { FIXTURE_TIME, networkFixture } from './fixture.ts';
import {
  firstFailure,
  readAttestation,
  TrustRoot,
  type VerificationReport,
  verifyAttestation,
  withChainCheck,
} from './index.ts';

const network = networkFixture();
const other = networkFixture({ seed: 2 });
const trust = TrustRoot.of({ networkId: network.networkId, groupKey: network.groupKey });
const KINDS = ['result', 'report'] as const;

function outcome(report: VerificationReport): Record<string, unknown> {
  return Object.fromEntries(report.checks.map(({ name, holds, code }) => [name, code ?? holds]));
}

describe('an honest attestation', () => {
  it.each(KINDS)('of a %s holds in every check that needs no chain', (kind) => {
    const report = verifyAttestation(network.attestation({ kind }), trust);
    expect(outcome(report)).toEqual({
      network: true,
      signature: true,
      header: true,
      inclusion: true,
      subject: true,
      freshness: 'not-checked',
      anchor: true,
      chain: 'not-checked',
    });
    expect(report.verified).toBe(true);
  });

  it('verifies for every block, leaf and anchored size, both header lengths included', () => {
    for (let height = 1; height < network.headers.length; height++) {
      for (const kind of KINDS) {
        for (const anchoredSize of [null, height + 1, network.headers.length]) {
          const attestation = network.attestation({ kind, height, index: height % 3, anchoredSize });
          const report = verifyAttestation(attestation, trust);
          expect(report.verified, `${kind} at ${height}, anchored ${anchoredSize}`).toBe(true);
        }
      }
    }
  });

  it('verifies under the genesis document alone, whose hash is the network id', () => {
    const { genesisBytes: genesis, networkId } = network;
    expect(verifyAttestation(network.attestation(), { genesis }).verified).toBe(true);
    expect(verifyAttestation(network.attestation(), { genesis, networkId }).verified).toBe(true);
    expect(() => verifyAttestation(network.attestation(), { genesis, networkId: other.networkId })).toThrow(
      expect.objectContaining({ code: 'VERIFY_TRUST_MISMATCH' }),
    );
  });

  it('reads the same from JSON text, JSON bytes, the API envelope and CBOR', () => {
    for (const kind of KINDS) {
      const attestation = network.attestation({ kind });
      const text = JSON.stringify(attestationToJson(attestation));
      const envelope = JSON.stringify({ data: JSON.parse(text), version: 1, finalized: true, anchored: true });
      for (const document of [text, new TextEncoder().encode(text), envelope, encodeAttestation(attestation)]) {
        expect(readAttestation(document)).toEqual(attestation);
      }
    }
  });
});

describe('parts put together from several honest documents', () => {
  const mine = network.attestation({ height: 5 });
  const theirs = other.attestation({ height: 5 });
  const later = network.attestation({ height: 6 });
  const cases: readonly [string, Attestation, string][] = [
    ["another network's attestation", theirs, 'VERIFY_NETWORK_MISMATCH'],
    ["another network's checkpoint", { ...mine, checkpoint: theirs.checkpoint }, 'VERIFY_CHECKPOINT_MISMATCH'],
    ['a signature made by another group', resigned(mine), 'VERIFY_SIGNATURE_INVALID'],
    ["a later block's header", { ...mine, header: later.header }, 'VERIFY_HEADER_MISMATCH'],
    ["a later block's checkpoint", { ...mine, checkpoint: later.checkpoint }, 'VERIFY_HEADER_MISMATCH'],
    ["a later block's proof", { ...mine, inclusion: { ...mine.inclusion, index: 0 } }, 'VERIFY_INCLUSION_INVALID'],
    ["a later block's subject", { ...mine, subject: later.subject }, 'VERIFY_INCLUSION_INVALID'],
    ["another network's anchor", { ...mine, anchor: theirs.anchor }, 'VERIFY_ANCHOR_MISMATCH'],
    [
      'an anchor below the header',
      { ...mine, anchor: { ...mine.anchor!, checkpoint: network.note(5) } },
      'VERIFY_ANCHOR_MISMATCH',
    ],
    ['a garbage anchor', { ...mine, anchor: { ...mine.anchor!, checkpoint: 'x' } }, 'VERIFY_ANCHOR_MALFORMED'],
    [
      "a later block's log proof",
      { ...mine, anchor: { ...mine.anchor!, proof: later.anchor!.proof } },
      'VERIFY_ANCHOR_MISMATCH',
    ],
    [
      'a log proof cut short',
      { ...mine, anchor: { ...mine.anchor!, proof: { ...mine.anchor!.proof, path: [] } } },
      'VERIFY_ANCHOR_PROOF_INVALID',
    ],
    [
      'an anchor that the group did not sign',
      { ...mine, anchor: { ...mine.anchor!, checkpoint: resigned(mine).checkpoint } },
      'VERIFY_ANCHOR_SIGNATURE_INVALID',
    ],
  ];

  it.each(cases)('%s', (_, attestation, code) => {
    const report = verifyAttestation(attestation, trust);
    expect(report.verified).toBe(false);
    expect(firstFailure(report)?.code).toBe(code);
  });

  it('a group key in the document is never the one that judges', () => {
    // The forger signs with its own key and says so: everything fits but the trust.
    const forged: Attestation = { ...resigned(mine), groupKey: other.groupKey };
    expect(outcome(verifyAttestation(forged, trust))).toMatchObject({
      network: 'VERIFY_GROUP_KEY_MISMATCH',
      signature: 'VERIFY_SIGNATURE_INVALID',
    });
  });

  function resigned(attestation: Attestation): Attestation {
    const { checkpoint } = decodeCheckpointNote(attestation.checkpoint);
    const text = new TextEncoder().encode(attestation.checkpoint.slice(0, attestation.checkpoint.indexOf('\n\n') + 1));
    return { ...attestation, checkpoint: encodeCheckpointNote(checkpoint, network.groupKey, other.group.sign(text)) };
  }
});

describe('a checkpoint that the group signed against its own rules', () => {
  /** What a group that was taken over could sign: its header line names whatever header it likes. */
  function signedFor(header: BlockHeader, treeSize: number): Attestation {
    const attestation = network.attestation({ height: 5, anchoredSize: null });
    const bytes = encodeHeader(header);
    const { checkpoint } = decodeCheckpointNote(network.note(6));
    const forged = { ...checkpoint, treeSize, headerHash: headerHash(header) };
    const note = encodeCheckpointNote(forged, network.groupKey, network.group.sign(checkpointText(forged)));
    return { ...attestation, header: bytes, checkpoint: note };
  }
  const header = network.headers[5] as BlockHeader;

  it.each<[string, Attestation, unknown]>([
    ['is fine for the true header and size', signedFor(header, 6), true],
    ['of another size than the height says', signedFor(header, 7), 'VERIFY_HEADER_MISMATCH'],
    [
      'over a header of another network',
      signedFor({ ...header, networkId: other.networkId }, 6),
      'VERIFY_HEADER_MISMATCH',
    ],
    ['under rules that are not known', signedFor({ ...header, version: 2 }, 6), 'VERIFY_RULES_UNKNOWN'],
  ])('%s', (_, attestation, expected) => {
    const report = verifyAttestation(attestation, trust);
    expect(outcome(report).signature).toBe(true);
    expect(outcome(report).header).toBe(expected);
    expect(report.verified).toBe(expected === true);
  });
});

describe('subjects', () => {
  it('a report that its device did not sign fails, even where the committee included it', () => {
    const attestation = network.attestation({ kind: 'report' });
    const report = (attestation.subject as { report: Uint8Array }).report.slice();
    report[report.length - 40] = (report[report.length - 40] as number) ^ 1;
    const verdict = verifyAttestation({ ...attestation, subject: { kind: 'report', report } }, trust);
    expect(outcome(verdict)).toMatchObject({
      inclusion: 'VERIFY_INCLUSION_INVALID',
      subject: 'VERIFY_SUBJECT_INVALID',
    });
  });

  it('a report of another network fails, since its signature names the network', () => {
    const attestation = {
      ...network.attestation({ kind: 'report' }),
      subject: other.attestation({ kind: 'report' }).subject,
    };
    expect(outcome(verifyAttestation(attestation, trust)).subject).toBe('VERIFY_SUBJECT_INVALID');
  });

  it('a number from too few devices contradicts itself', () => {
    const attestation = network.attestation();
    const { result } = attestation.subject as Extract<Attestation['subject'], { kind: 'result' }>;
    const changed: Attestation = {
      ...attestation,
      subject: { kind: 'result', result: { ...result, status: 'too-few-devices' } },
    };
    expect(outcome(verifyAttestation(changed, trust)).subject).toBe('VERIFY_SUBJECT_INVALID');
  });
});

describe('freshness', () => {
  const attestation = network.attestation({ kind: 'report', height: 5, index: 1 });
  const observedAt = FIXTURE_TIME + 5001;
  const blockTime = FIXTURE_TIME + 5 * 180_000;

  it.each([
    [blockTime, blockTime - observedAt, true],
    [blockTime, blockTime - observedAt - 1, 'VERIFY_FRESHNESS_EXCEEDED'],
    [blockTime - 10_000, 1e9, true],
    [blockTime - 10_001, 1e9, 'VERIFY_FRESHNESS_OUT_OF_RANGE'],
  ])('at %d with at most %d ms: %s', (nowMs, maxAgeMs, expected) => {
    const report = verifyAttestation(attestation, trust, { nowMs, maxAgeMs });
    expect(outcome(report).freshness).toBe(expected);
    expect(report.verified).toBe(expected === true);
  });

  it('needs the time that it compares with', () => {
    expect(() => verifyAttestation(attestation, trust, { maxAgeMs: 1 })).toThrow(/nowMs/);
    expect(() => verifyAttestation(attestation, trust, { maxAgeMs: Number.NaN, nowMs: 1 })).toThrow(/nowMs/);
  });
});

describe('trust', () => {
  it.each([
    ['short id', { networkId: '00', groupKey: network.groupKey }],
    ['a key of small order', { networkId: network.networkId, groupKey: `01${'0'.repeat(62)}` }],
    ['a genesis that is none', { genesis: fromHex('a0') }],
  ])('refuses %s', (_, bad) => {
    expect(() => TrustRoot.of(bad)).toThrow(expect.objectContaining({ code: 'VERIFY_TRUST_INVALID' }));
  });

  it('the name in a genesis document must be that of the attestation', () => {
    const root = TrustRoot.of({ genesis: network.genesisBytes });
    const report = verifyAttestation({ ...network.attestation(), networkName: 'elsewhere' }, root);
    expect(outcome(report)).toMatchObject({
      network: 'VERIFY_NETWORK_MISMATCH',
      signature: 'VERIFY_CHECKPOINT_MISMATCH',
    });
  });
});

describe("the chain's answer", () => {
  const report = verifyAttestation(network.attestation(), trust);
  const broken = verifyAttestation(other.attestation(), trust);

  it('can end `verified`, never restore it', () => {
    expect(withChainCheck(report, { holds: true, detail: 'found' }).verified).toBe(true);
    expect(withChainCheck(report, { holds: false, code: 'SOLANA_ANCHOR_MISSING', detail: 'none' }).verified).toBe(
      false,
    );
    expect(withChainCheck(broken, { holds: true, detail: 'found' }).verified).toBe(false);
  });
});

describe('documents', () => {
  it.each([
    ['empty', ''],
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another version', JSON.stringify({ ...attestationToJson(network.attestation()), version: 2 })],
  ])('%s is malformed', (_, text) => {
    expect(() => readAttestation(text)).toThrow(expect.objectContaining({ code: 'VERIFY_DOCUMENT_MALFORMED' }));
  });

  it('is refused unread when it is too long', () => {
    expect(() => readAttestation(new Uint8Array(300_000))).toThrow(
      expect.objectContaining({ code: 'VERIFY_DOCUMENT_EXCEEDED' }),
    );
  });
});
