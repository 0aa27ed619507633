import { fromUtf8, type Rng, toHash, utf8 } from '@cairn/primitives';
import {
  decodeBatch,
  decodeBatchByCbor,
  decodeCanonical,
  decodeCheckpointNote,
  decodeReport,
  decodeReportByCbor,
  decodeReportContent,
  decodeReportSeal,
  decodeSyncFrame,
  encodeCanonical,
  encodeCheckpointNote,
  encodeSyncFrame,
  type Genesis,
  genesisDraftFromValue,
  genesisDraftToJson,
  genesisFromJson,
  genesisToJson,
  SYNC_FRAME_KINDS,
  verifyCheckpointNote,
} from '@cairn/protocol';
import { checkpointOf, genesisOf, keyOf, signatureOf } from '../../vectors/random-nouns.ts';
import { WIRE_TYPES } from '../../vectors/wire-types.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, demandSame, isAccepted, stateless, type Target } from '../target.ts';

const NETWORK_ID = toHash('11'.repeat(32));
const sampleOf = (name: string) =>
  (WIRE_TYPES.find((type) => type.name === name) as (typeof WIRE_TYPES)[number]).sample;
const samples = WIRE_TYPES.filter(({ again }) => again !== undefined).map(({ sample }) => sample);
const anyOf = (rng: Rng) => rng.pick(samples)(rng);

/** @returns whether both accept; @throws Broken when one of two decoders of one format does and the other does not. */
function agree(first: () => unknown, second: () => unknown): boolean {
  const [one, other] = [isAccepted(first), isAccepted(second)];
  if (one !== other) throw new Broken(`one decoder ${one ? 'accepts' : 'refuses'}, the other does not`);
  return one;
}

/** Decoders of the protocol beside those of wire types: views, pairs of decoders, documents for people. */
export const targets: readonly Target[] = [
  stateless('protocol/cbor', () => ({
    generate: inputsFrom('cbor', anyOf),
    take: (input) => isAccepted(() => demandSame(encodeCanonical(decodeCanonical(input, 64 * 1024)), input)),
  })),
  stateless('protocol/report-twice', () => ({
    generate: inputsFrom('bytes', sampleOf('device-report')),
    take: (input) =>
      agree(
        () => decodeReport(input, NETWORK_ID),
        () => decodeReportByCbor(input, NETWORK_ID),
      ),
  })),
  stateless('protocol/report-views', () => ({
    generate: inputsFrom('bytes', sampleOf('device-report')),
    take: (input) => {
      const isSound = isAccepted(() => decodeReport(input, NETWORK_ID));
      const isContent = isAccepted(() => decodeReportContent(input, NETWORK_ID));
      const isSealed = isAccepted(() => decodeReportSeal(input, NETWORK_ID));
      if (isSound && !(isContent && isSealed)) throw new Broken('a report whose parts are refused');
      return isSound;
    },
  })),
  stateless('protocol/batch-twice', () => ({
    generate: inputsFrom('cbor', sampleOf('batch')),
    take: (input) =>
      agree(
        () => decodeBatch(input),
        () => decodeBatchByCbor(input),
      ),
  })),
  stateless('protocol/sync-frame', () => ({
    generate: inputsFrom('bytes', (rng) => encodeSyncFrame(rng.pick(SYNC_FRAME_KINDS), anyOf(rng))),
    take: (input) =>
      isAccepted(() => {
        const { kind, encoded } = decodeSyncFrame(input);
        demandSame(encodeSyncFrame(kind, encoded), input);
      }),
  })),
  stateless('protocol/genesis-json', () => ({
    generate: inputsFrom('json', (rng) => utf8(genesisToJson(genesisOf(rng)))),
    take: (input) =>
      isAccepted(() => {
        const document = genesisToJson(genesisFromJson(fromUtf8(input)));
        demandSame(utf8(genesisToJson(genesisFromJson(document))), utf8(document));
      }),
  })),
  stateless('protocol/genesis-draft-value', () => ({
    generate: inputsFrom('json', (rng) => utf8(draftJson(genesisOf(rng)))),
    take: (input) => {
      const value = jsonOf(input);
      return value !== undefined && isAccepted(() => genesisDraftFromValue(value));
    },
  })),
  stateless('protocol/checkpoint-verify', () => ({
    generate: inputsFrom('text', (rng) => utf8(encodeCheckpointNote(checkpointOf(rng), keyOf(rng), signatureOf(rng)))),
    take: (input, rng) =>
      isAccepted(() => {
        const note = decodeCheckpointNote(Buffer.from(input).toString());
        if (verifyCheckpointNote(note, keyOf(rng))) throw new Broken('a note that nobody signed verifies');
      }),
  })),
];

function draftJson(genesis: Genesis): string {
  const { ceremonyId: _, transcriptHash: __, groupKey: ___, verificationShares: ____, ...draft } = genesis;
  return genesisDraftToJson(draft);
}

function jsonOf(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString());
  } catch {
    return undefined;
  }
}
