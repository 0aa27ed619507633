import { verifySignature } from '@cairn/crypto';
import { snapshotEntries } from '@cairn/ledger';
import { consistencyProof, LogFrontier } from '@cairn/merkle';
import type { Hash } from '@cairn/primitives';
import {
  decodeCheckpointNote,
  decodeSnapshotOffer,
  encodeCheckpointNote,
  encodeHeader,
  encodeSnapshotOffer,
  encodeSyncFrame,
  genesisHeader,
  type SnapshotOffer,
} from '@cairn/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotSync } from './snapshot-sync.ts';
import { CertifiedChain, doorOf, spoilt } from './testing/certified-chain.ts';
import { answerOf } from './testing/snapshot-server.ts';

import {
  chunkLie,
  EPOCH,
  forgery,
  hashLie,
  honest,
  network,
  type Outcome,
  offerLie,
  other,
  type Peer,
  run,
  spoiltHash,
  syncFrom,
} from './testing/snapshot-world.ts';

const OFFER_LIES: Record<string, (offer: SnapshotOffer) => Partial<SnapshotOffer>> = {
  'another height': ({ manifest }) => ({ manifest: { ...manifest, height: manifest.height + EPOCH } }),
  'another time': ({ manifest }) => ({ manifest: { ...manifest, time: manifest.time + 1 } }),
  'another state hash': ({ manifest }) => ({ manifest: { ...manifest, stateHash: spoiltHash(manifest.stateHash) } }),
  'fewer chunks': ({ manifest }) => ({ manifest: { ...manifest, chunkCount: manifest.chunkCount - 1 } }),
  'endless chunks': ({ manifest }) => ({ manifest: { ...manifest, chunkCount: 65_536 } }),
  'a path too long': ({ manifestPath }) => ({
    manifestPath: [...manifestPath, ...manifestPath, spoiltHash(manifestPath[0] as Hash)],
  }),
  'a spoilt path': ({ manifestPath }) => ({ manifestPath: hashLie(manifestPath) }),
  'a spoilt group signature': ({ certified }) => ({
    certified: { ...certified, groupSignature: spoilt(certified.groupSignature) },
  }),
  'votes that nobody cast': ({ certified }) => ({
    certified: {
      ...certified,
      certificate: {
        ...certified.certificate,
        votes: certified.certificate.votes.map((vote) => ({ ...vote, signature: spoilt(vote.signature) })),
      },
    },
  }),
  'another block': () => ({ certified: network.commits[9]?.certified as SnapshotOffer['certified'] }),
  'swapped batch ids': ({ certified }) => ({
    certified: { ...certified, block: { ...certified.block, batchIds: [] } },
  }),
  'a frontier of another log': ({ frontier }) => ({ frontier: hashLie(frontier) }),
  'no frontier': () => ({ frontier: [] }),
  'another end': () => ({ endHeader: network.commits[7]?.certified.block.header as SnapshotOffer['endHeader'] }),
  'a forged root': ({ endHeader }) => ({
    endHeader: {
      ...endHeader,
      epochEnd: { ...(endHeader.epochEnd as never as object), snapshotRoot: '11'.repeat(32) } as never,
    },
  }),
  'a header that ends no epoch': () => ({
    endHeader: network.commits[10]?.certified.block.header as SnapshotOffer['endHeader'],
    endNote: network.commits[10]?.note ?? '',
  }),
  'an unsigned end': ({ endNote }) => ({
    endNote: endNote.replace(/[A-Za-z](?=[A-Za-z0-9+/]{40}=\n$)/, (c) => (c === 'A' ? 'B' : 'A')),
  }),
  "another network's end": () => ({
    endHeader: other.commits[11]?.certified.block.header as SnapshotOffer['endHeader'],
    endNote: other.commits[11]?.note ?? '',
  }),
  'no note': () => ({ endNote: 'x' }),
  'a log that is not consistent': ({ trustedProof }) => ({ trustedProof: hashLie(trustedProof) }),
  'a block outside the log': ({ endProof }) => ({ endProof: hashLie(endProof) }),
  'a younger checkpoint': () => ({
    trustedHeader: network.commits[14]?.certified.block.header as SnapshotOffer['trustedHeader'],
  }),
};

describe('a lying member is dropped, and another one asked', () => {
  it.each(Object.keys(OFFER_LIES))('that offers %s', (name) => {
    const liar = offerLie(OFFER_LIES[name] as (typeof OFFER_LIES)[string]);
    const { sync, base } = run(syncFrom(6), [liar, honest]);
    expect(base?.certified.block.header.height).toBe(9);
    expect(
      [1, 2].map((peer) => sync.isDropped(peer)),
      sync.reasons().get(1),
    ).toEqual([true, false]);
  });

  it("that offers another network's snapshot", () => {
    const liar: Peer = (request) => answerOf(other, request);
    const { sync, base } = run(syncFrom(6), [liar, honest]);
    expect([base !== null, sync.isDropped(1)]).toEqual([true, true]);
  });

  it.each<[string, Peer]>([
    ['another content', chunkLie(({ bytes }) => ({ bytes: bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) }))],
    ['a chunk cut short', chunkLie(({ bytes }) => ({ bytes: bytes.subarray(1) }))],
    ['another index', chunkLie(({ index }) => ({ index: index + 1 }))],
    ['a spoilt path', chunkLie(({ path }) => ({ path: hashLie(path) }))],
    ['no path', chunkLie(() => ({ path: [] }))],
    ['more than was asked', (_, answer) => [...answer, ...answer]],
    ['bytes of no meaning', () => [Uint8Array.of(5, 1, 2, 3)]],
    ['a frame of another kind', () => [Uint8Array.of(0, 1, 2, 3)]],
    ['an empty frame', () => [new Uint8Array()]],
  ])('that gives %s', (_, liar) => {
    const { sync, base } = run(syncFrom(6), [liar, honest]);
    expect(base?.certified.block.header.height).toBe(9);
    expect(sync.isDropped(2)).toBe(false);
    // Nobody is left to ask: there is nothing to wait for.
    const { code, tookMs } = run(syncFrom(6), [liar, liar, liar]);
    expect([code, tookMs < 5000]).toEqual(['SNAPSHOT_SOURCE_MISSING', true]);
  });

  // Everything fits, except that the committee never signed it.
  it('that makes a whole snapshot of its own', () => {
    const forged = forgery([{ key: 'l/'.padEnd(66, '0'), value: Uint8Array.of(1) }]);
    const [offer] = forged.answer({ kind: 'snapshot', treeSize: 7 });
    const liar: Peer = (request, answer) => {
      if (request.kind !== 'snapshot' || offer === undefined) return forged.answer(request);
      const { manifest, manifestPath, endHeader } = decodeSnapshotOffer(offer.subarray(1));
      const signed = decodeSnapshotOffer(answer[0]?.subarray(1) ?? new Uint8Array());
      return [encodeSyncFrame('snapshot', encodeSnapshotOffer({ ...signed, manifest, manifestPath, endHeader }))];
    };
    const unsigned: Peer = (request) => {
      if (request.kind !== 'snapshot' || offer === undefined) return forged.answer(request);
      const signed = decodeSnapshotOffer(offer.subarray(1));
      const { checkpoint, groupSignature } = decodeCheckpointNote(signed.endNote);
      const endNote = encodeCheckpointNote(checkpoint, network.genesis.groupKey, spoilt(groupSignature));
      return [encodeSyncFrame('snapshot', encodeSnapshotOffer({ ...signed, endNote }))];
    };
    const { sync, base } = run(syncFrom(6), [liar, unsigned, honest]);
    expect(base?.snapshot.root).toBe(network.commits[11]?.certified.block.header.epochEnd?.snapshotRoot);
    expect([1, 2, 3].map((peer) => sync.isDropped(peer))).toEqual([true, true, false]);
  });

  it('that gives another block to go on from, with all that belongs to it', () => {
    const headers = [genesisHeader(network.genesis), ...network.commits.map(({ certified }) => certified.block.header)];
    const leaves = headers.map(encodeHeader);
    const liar = offerLie(() => ({
      certified: network.commits[9]?.certified as SnapshotOffer['certified'],
      frontier: leaves.slice(0, 10).reduce((frontier, leaf) => frontier.append(leaf), LogFrontier.empty).hashes,
      endProof: consistencyProof(leaves.slice(0, 13), 11),
    }));
    const { sync, base } = run(syncFrom(6), [liar, honest]);
    expect(sync.reasons().get(1)).toBe('the manifest is not that of the block');
    expect(base?.certified.block.header.height).toBe(9);
  });

  it('and a state that this release cannot read ends it, though the committee signed it', () => {
    const unknown = forgery([{ key: 'unknown/key', value: Uint8Array.of(1) }]);
    expect(run(syncFrom(6), [(request) => unknown.answer(request)]).code).toBe('SNAPSHOT_STATE_INVALID');
    // Readable, yet not what restoring it gives: an integer in more bytes than it needs is no entry that a block writes.
    const twice = snapshotEntries(network.chain.state)
      .slice(0, 1)
      .flatMap((entry) => [entry, entry]);
    expect(run(syncFrom(6), [(request) => forgery(twice).answer(request)]).code).toBe('SNAPSHOT_STATE_INVALID');
  });

  // It may have missed the epoch, or be slow: no proof of a lie, but nothing waits for it.
  it.each<[string, Peer]>([
    ['is silent', () => 'silence'],
    ['has nothing', () => []],
    ['offers, and then is silent', (request, answer) => (request.kind === 'snapshot' ? answer : 'silence')],
    ['offers, and then has nothing', (request, answer) => (request.kind === 'snapshot' ? answer : [])],
  ])('one that %s holds nobody up', (_, idle) => {
    expect(run(syncFrom(6), [idle, honest]).base).not.toBeNull();
    expect(run(syncFrom(6), [idle, idle, idle]).code).toBe('SNAPSHOT_SOURCE_MISSING');
  });

  it('and what all have deleted meanwhile is given up for a newer one', () => {
    const later = new CertifiedChain({ epochBlocks: EPOCH });
    later.growTo(21);
    let isLater = false;
    const moving: Peer = (request, answer) => {
      isLater ||= request.kind === 'snapshot-chunk';
      return isLater ? answerOf(later, request) : answer;
    };
    const { sync, base } = run(syncFrom(6), [moving, moving, moving]);
    expect(base?.certified.block.header.height).toBe(17);
    expect([1, 2, 3].map((peer) => sync.isDropped(peer))).toEqual([false, false, false]);
  });

  it('that offers a snapshot from before the checkpoint is stale', () => {
    const early = new CertifiedChain({ epochBlocks: EPOCH });
    early.growTo(5);
    const { sync, base } = run(syncFrom(4), [(request) => answerOf(early, request)]);
    expect(base?.certified.block.header.height).toBe(1);
    // The checkpoint of height 13 shows that the epochs up to 8 are over: the snapshot of block 5 is the oldest there is.
    const stale: Peer = (request, answer) => {
      const old = answerOf(early, request.kind === 'snapshot' ? { ...request, treeSize: 5 } : request)[0];
      if (request.kind !== 'snapshot' || old === undefined || answer[0] === undefined) return [];
      const { trustedHeader } = decodeSnapshotOffer(answer[0].subarray(1));
      const offer = { ...decodeSnapshotOffer(old.subarray(1)), trustedHeader };
      return [encodeSyncFrame('snapshot', encodeSnapshotOffer(offer))];
    };
    const late = run(syncFrom(13), [stale, honest]);
    expect(late.sync.reasons().get(1)).toBe('older than the checkpoint');
    expect([late.base !== null, sync.isDropped(1)]).toEqual([true, false]);
  });

  it('of many chunks each is asked once while all is well, and again where one was a lie', () => {
    const large = new CertifiedChain({ epochBlocks: EPOCH, deviceCount: 1600 });
    large.growTo(12);
    const sync = () =>
      new SnapshotSync(
        { genesis: large.genesis, checkpoint: large.commits[11]?.note ?? '' },
        { door: doorOf(large.chain), verifyGroupSignature: verifySignature },
      );
    const indexes = ({ asked }: Outcome) =>
      asked.flatMap(({ request }) => (request.kind === 'snapshot-chunk' ? [request.index] : []));
    const well = run(sync(), [honest, honest, honest], large.time, large);
    expect(indexes(well)).toEqual(well.base?.snapshot.chunks.map(({ index }) => index));
    expect(indexes(well).length).toBeGreaterThan(1);
    // A true chunk in another's place is a lie like any other.
    const swap: Peer = (request, answer) =>
      request.kind === 'snapshot-chunk' ? answerOf(large, { ...request, index: 1 - request.index }) : answer;
    const badly = run(sync(), [honest, swap, honest], large.time, large);
    expect(badly.base?.snapshot.root).toBe(well.base?.snapshot.root);
    expect([badly.sync.isDropped(2), indexes(badly).length > indexes(well).length]).toEqual([true, true]);
  });

  it('any bytes at all are refused, and never throw what has no code', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 }), (frames) => {
        const sync = syncFrom(6);
        const step = sync.next([1], network.time);
        if (step.kind !== 'ask') throw new Error('it asks first');
        sync.answered(step, frames, network.time);
        expect(sync.next([2], network.time)).toMatchObject({ kind: 'ask', request: { kind: 'snapshot' } });
      }),
    );
  });
});
