/** Seeded values of every agreement message. */
import type { Rng } from '@cairn/primitives';
import type { AgreementMessage, EntryCertificate, SyncRequest } from '@cairn/protocol';
import {
  blockOf,
  certifiedBlockOf,
  commitmentOf,
  hashOf,
  positionOf,
  prepareCertificateOf,
  signatureOf,
  timeoutCertificateOf,
  uintOf,
} from './random-nouns.ts';

type Kind = AgreementMessage['kind'];
type Message<K extends Kind> = Extract<AgreementMessage, { kind: K }>;

const builders: { readonly [K in Kind]: (rng: Rng) => Omit<Message<K>, 'kind'> } = {
  proposal: (rng) => ({
    ...sender(rng),
    block: blockOf(rng),
    timeoutCertificate: rng.chance(0.5) ? timeoutCertificateOf(rng) : null,
  }),
  'prepare-vote': (rng) => ({ ...sender(rng), blockHash: hashOf(rng), commitment: commitmentOf(rng) }),
  'sign-request': (rng) => ({
    ...sender(rng),
    blockHash: hashOf(rng),
    session: uintOf(rng, 19),
    commitments: Array.from({ length: rng.integer(1, 4) }, () => commitmentOf(rng)),
    certificate: prepareCertificateOf(rng),
  }),
  'signature-share': (rng) => ({
    ...sender(rng),
    signRequestHash: hashOf(rng),
    z: rng.bytes(32),
    nextCommitment: rng.chance(0.5) ? commitmentOf(rng) : null,
  }),
  'nonce-refusal': (rng) => ({ ...sender(rng), signRequestHash: hashOf(rng), commitment: commitmentOf(rng) }),
  'timeout-vote': (rng) => ({
    ...sender(rng),
    highView: uintOf(rng, 19) - 1,
    highHash: hashOf(rng),
    highCertificate: rng.chance(0.5) ? prepareCertificateOf(rng) : null,
    entry: rng.chance(0.8) ? entryOf(rng) : null,
    missingBatches: Array.from({ length: rng.integer(0, 3) }, () => hashOf(rng)),
  }),
  'certified-block': (rng) => ({ certified: certifiedBlockOf(rng) }),
};

/** In the order of the wire. */
export const MESSAGE_KINDS = Object.keys(builders) as readonly Kind[];

export function messageOf(rng: Rng, kind: Kind): AgreementMessage {
  return { kind, ...builders[kind](rng) } as AgreementMessage;
}

function sender(rng: Rng) {
  return { ...positionOf(rng), member: rng.integer(0, 127), signature: signatureOf(rng) };
}

function entryOf(rng: Rng): EntryCertificate {
  return rng.chance(0.5)
    ? { kind: 'timeout', certificate: timeoutCertificateOf(rng) }
    : { kind: 'prepare', certificate: prepareCertificateOf(rng) };
}

export function syncRequestOf(rng: Rng): SyncRequest {
  switch (rng.integer(0, 5)) {
    case 0:
      return { kind: 'batches', ids: Array.from({ length: rng.integer(1, 4) }, () => hashOf(rng)) };
    case 1:
      return { kind: 'block', height: uintOf(rng), hash: hashOf(rng) };
    case 2:
      return { kind: 'certified', fromHeight: uintOf(rng), toHeight: uintOf(rng) };
    case 3:
      return { kind: 'snapshot', treeSize: uintOf(rng) };
    case 4:
      return { kind: 'snapshot-chunk', height: uintOf(rng), index: uintOf(rng) };
    default:
      return { kind: 'own-latest' };
  }
}
