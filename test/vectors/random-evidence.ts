/** Seeded values of every kind of evidence. */
import type { Rng } from '@cairn/primitives';
import { EVIDENCE_KINDS, type Evidence, type EvidenceKind, encodeHeader, ITEM_KINDS } from '@cairn/protocol';
import { commitmentOf, hashOf, headerOf, positionOf, signatureOf, uintOf } from './random-nouns.ts';

type Body<K extends EvidenceKind> = Omit<Extract<Evidence, { kind: K }>, 'kind'>;
const builders: { readonly [K in EvidenceKind]: (rng: Rng) => Body<K> } = {
  'double-proposal': (rng) => ({ ...accused(rng), ...pair(rng) }),
  'double-prepare': (rng) => ({ ...accused(rng), ...pair(rng) }),
  'double-batch': (rng) => ({ epoch: uintOf(rng), member: rng.integer(0, 127), seq: uintOf(rng), ...pair(rng) }),
  'invalid-share': (rng) => ({
    ...accused(rng),
    header: encodeHeader(headerOf(rng)),
    frontier: Array.from({ length: rng.integer(0, 5) }, () => hashOf(rng)),
    session: uintOf(rng, 19),
    commitments: Array.from({ length: rng.integer(1, 4) }, () => commitmentOf(rng)),
    z: rng.bytes(32),
    signature: signatureOf(rng),
  }),
  'invalid-batch': (rng) => ({
    epoch: uintOf(rng),
    member: rng.integer(0, 127),
    seq: uintOf(rng),
    baseHeight: uintOf(rng),
    itemCount: rng.integer(1, 512),
    itemsRoot: hashOf(rng),
    index: rng.integer(0, 511),
    item: { kind: rng.pick(ITEM_KINDS), bytes: rng.bytes(rng.integer(1, 400)) },
    path: Array.from({ length: rng.integer(0, 9) }, () => hashOf(rng)),
    signature: signatureOf(rng),
  }),
};

export function evidenceOf(rng: Rng): Evidence {
  const kind = rng.pick(EVIDENCE_KINDS);
  return { kind, ...builders[kind](rng) } as Evidence;
}

function accused(rng: Rng) {
  return { ...positionOf(rng), member: rng.integer(0, 127) };
}

function pair(rng: Rng) {
  const [first, second] = [0, 1].map(() => ({ hash: hashOf(rng), signature: signatureOf(rng) }));
  return { first, second } as Pick<Body<'double-batch'>, 'first' | 'second'>;
}
