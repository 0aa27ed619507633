/** Seeded values of what a new node is given: equal seeds give equal values, on every machine. */
import type { Rng } from '@cairn/primitives';
import type { SnapshotChunk, SnapshotManifest, SnapshotOffer } from '@cairn/protocol';
import { certifiedBlockOf, hashOf, headerOf, uintOf } from './random-nouns.ts';

function pathOf(rng: Rng) {
  return Array.from({ length: rng.integer(0, 5) }, () => hashOf(rng));
}

export function snapshotManifestOf(rng: Rng): SnapshotManifest {
  return { height: uintOf(rng), time: uintOf(rng), stateHash: hashOf(rng), chunkCount: uintOf(rng, 16) };
}

export function snapshotChunkOf(rng: Rng): SnapshotChunk {
  return { index: uintOf(rng, 16), bytes: rng.bytes(rng.integer(0, 80)), path: pathOf(rng) };
}

export function snapshotOfferOf(rng: Rng): SnapshotOffer {
  return {
    manifest: snapshotManifestOf(rng),
    manifestPath: pathOf(rng),
    certified: certifiedBlockOf(rng),
    frontier: pathOf(rng),
    endHeader: headerOf(rng),
    endNote: hashOf(rng),
    endProof: pathOf(rng),
    trustedHeader: headerOf(rng),
    trustedProof: pathOf(rng),
  };
}
