import { type Rng, utf8 } from '@cairn/primitives';
import { attestationToJson, encodeAttestation } from '@cairn/protocol';
import {
  readAttestation,
  readAttestationJson,
  verifyAttestation,
  verifyCheckpoint,
  verifyConsistencyOf,
} from '@cairn/verify';
import { networkFixture } from '@cairn/verify/fixture';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, isAccepted, type Subject, stateless, type Target } from '../target.ts';

const HEIGHTS = 8;
const network = networkFixture({ blockCount: HEIGHTS });
const trust = { networkId: network.networkId, groupKey: network.groupKey };
const attestations = Array.from({ length: 3 * (HEIGHTS - 1) }, (_, i) => {
  const height = 1 + Math.floor(i / 3);
  const kind = i % 2 === 0 ? 'result' : 'report';
  return network.attestation({ kind, height, index: i % 3, anchoredSize: i % 4 === 0 ? HEIGHTS + 1 : null });
});
/** What is true of this network: nothing else may ever verify. */
const truths = new Set(attestations.map(({ subject }) => subjectText(subject)));

function subjectText(subject: (typeof attestations)[0]['subject']): string {
  return JSON.stringify(subject, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** An attestation in either form, changed: what verifies says what the network said. */
function attestation(form: 'cbor' | 'json'): Subject {
  const encode = (rng: Rng) => {
    const honest = rng.pick(attestations);
    return form === 'cbor' ? encodeAttestation(honest) : utf8(JSON.stringify({ data: attestationToJson(honest) }));
  };
  return {
    generate: inputsFrom(form, encode),
    take: (input) =>
      isAccepted(() => {
        const read = readAttestation(input);
        if (verifyAttestation(read, trust).verified && !truths.has(subjectText(read.subject)))
          throw new Broken('what the network never said verifies');
      }),
  };
}

export const targets: readonly Target[] = [
  stateless('verify/attestation-cbor', () => attestation('cbor')),
  stateless('verify/attestation-json', () => attestation('json')),
  stateless('verify/attestation-value', () => ({
    generate: inputsFrom('json', (rng) => utf8(JSON.stringify(attestationToJson(rng.pick(attestations))))),
    take: (input) => isAccepted(() => readAttestationJson(jsonOf(input))),
  })),
  stateless('verify/checkpoint', () => {
    const notes = Array.from({ length: HEIGHTS }, (_, i) => network.note(i + 1));
    return {
      generate: inputsFrom('text', (rng) => utf8(rng.pick(notes))),
      take: (input) => {
        const note = Buffer.from(input).toString();
        const { verified } = verifyCheckpoint(note, trust);
        if (verified && !notes.includes(note)) throw new Broken('a changed note verifies');
        return verified;
      },
    };
  }),
  stateless('verify/consistency', () => ({
    generate: inputsFrom('json', (rng) => {
      const [first, second] = [rng.integer(1, HEIGHTS), HEIGHTS + 1];
      const proof = network.consistencyProof(first, second);
      return utf8(JSON.stringify({ first: network.note(first), second: network.note(second), proof }));
    }),
    take: (input) => {
      const { first, second, proof } = jsonOf(input) as Record<string, unknown>;
      // the notes come as texts, the proof as whatever a server sends
      if (typeof first !== 'string' || typeof second !== 'string') return false;
      return verifyConsistencyOf({ first, second, proof: proof as never }, trust).verified;
    },
  })),
];

function jsonOf(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString()) ?? {};
  } catch {
    return {};
  }
}
