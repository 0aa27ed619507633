import { EMPTY_VOTING_RECORD } from '@cairn/consensus';
import { verifySignature } from '@cairn/crypto';
import { restoreState, snapshotEntries, takeSnapshot } from '@cairn/ledger';
import type { CairnError } from '@cairn/primitives';
import {
  CHECKPOINT_AGE_MS_MAX,
  decodeSnapshotOffer,
  encodeSnapshotOffer,
  encodeSyncFrame,
  type SnapshotOffer,
} from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { Chain } from './chain.ts';
import { followCertified, openBatches } from './follow-certified.ts';
import { chainFrom } from './restore-chain.ts';
import { SnapshotSync } from './snapshot-sync.ts';
import { CertifiedChain, doorOf } from './testing/certified-chain.ts';

import { EPOCH, honest, network, other, type Peer, run, syncFrom } from './testing/snapshot-world.ts';

describe('a new node', () => {
  it.each([2, 5, 8, 9, 12, 13, 15])('that trusts the checkpoint of height %i gets the newest snapshot', (height) => {
    const { base } = run(syncFrom(height), [honest]);
    expect(base?.certified.block.header.height).toBe(9);
    expect(base?.snapshot.root).toBe(network.commits[11]?.certified.block.header.epochEnd?.snapshotRoot);
    expect(base?.note).toBe(network.commits[8]?.note);
  });

  it('goes on from it by executing what came after, to the same tip', () => {
    const { base } = run(syncFrom(6), [honest, honest, honest]);
    if (base === null) throw new Error('no base');
    const { header } = base.certified.block;
    const entries = base.entries.map(({ key, value }) => ({ key, value }));
    const full = new Chain({ genesis: network.genesis });
    for (const commit of network.commits.slice(0, 9)) follow(full, commit);
    const chain = chainFrom(network.genesis, {
      tip: { certified: base.certified, blockHash: base.blockHash },
      frontier: full.frontier.toJSON(),
      ledgerEntries: entries,
      snapshot: { height: header.height, root: base.snapshot.root },
      voting: EMPTY_VOTING_RECORD,
      batches: [],
      items: [],
      nextBatchSeq: 0,
      halted: null,
    });
    for (const commit of network.commits.slice(9)) follow(chain, commit);
    expect(chain.tip.hash).toBe(network.chain.tip.hash);
    expect(snapshotEntries(chain.state)).toEqual(snapshotEntries(network.chain.state));
  });

  it('gets the same root as whoever took the snapshot, before anything of it is handed out', () => {
    const { base } = run(syncFrom(15), [honest]);
    const state = restoreState(network.genesis, base?.entries ?? [], base?.snapshot.manifest ?? network.chain.state);
    expect(takeSnapshot(state).root).toBe(base?.snapshot.root);
  });

  function follow(chain: Chain, commit: CertifiedChain['commits'][number]): void {
    const bytes = commit.batches.map((batch) => batch.bytes);
    const opened = openBatches(commit.certified.block.batchIds, bytes, doorOf(chain));
    if (!opened.ok) throw new Error(opened.fault);
    const result = followCertified(chain, { certified: commit.certified, batches: opened.batches }, verifySignature);
    if (result.kind !== 'committed') throw new Error(result.fault);
  }
});

describe('weak subjectivity', () => {
  const code = (make: () => unknown) => {
    try {
      make();
      return null;
    } catch (error) {
      return (error as CairnError).code;
    }
  };

  it('a checkpoint of another network, an unsigned one or none is refused at once', () => {
    const { genesis } = network;
    const dependencies = { door: doorOf(network.chain), verifyGroupSignature: verifySignature };
    const of = (checkpoint: string) => code(() => new SnapshotSync({ genesis, checkpoint }, dependencies));
    const note = network.commits[5]?.note ?? '';
    expect(of(note)).toBeNull();
    expect(of(other.commits[5]?.note ?? '')).toBe('SNAPSHOT_CHECKPOINT_MISMATCH');
    expect(of(note.replace('\n7\n', '\n8\n'))).toBe('SNAPSHOT_CHECKPOINT_INVALID');
    expect(of('')).toBe('PROTOCOL_CHECKPOINT_MALFORMED');
  });

  it('a checkpoint of more than 14 days is refused, whatever a member says', () => {
    const { time } = network.commits[5]?.certified.block.header ?? { time: 0 };
    expect(run(syncFrom(6), [honest], time + CHECKPOINT_AGE_MS_MAX - 60_000).base).not.toBeNull();
    expect(run(syncFrom(6), [honest], time + CHECKPOINT_AGE_MS_MAX + 1).code).toBe('SNAPSHOT_CHECKPOINT_EXCEEDED');
  });

  it('a history that contradicts the checkpoint is refused, though the committee signed it', () => {
    // The same committee and genesis, another time: a fork that was signed.
    const fork = new CertifiedChain({ epochBlocks: EPOCH });
    fork.growTo(3);
    fork.grow([]);
    fork.growTo(15);
    expect(fork.chain.networkId).toBe(network.chain.networkId);
    expect(run(syncFrom(3, fork), [honest]).base, 'the same history so far').not.toBeNull();
    expect(run(syncFrom(6, fork), [honest, honest, honest]).code).toBe('SNAPSHOT_SOURCE_MISSING');
    const liar: Peer = (request, answer) => {
      const offer = decodeSnapshotOffer(answer[0]?.subarray(1) ?? new Uint8Array());
      const trustedHeader = fork.commits[11]?.certified.block.header as SnapshotOffer['trustedHeader'];
      return request.kind === 'snapshot'
        ? [encodeSyncFrame('snapshot', encodeSnapshotOffer({ ...offer, trustedHeader }))]
        : answer;
    };
    expect(run(syncFrom(12, fork), [liar]).code).toBe('SNAPSHOT_HISTORY_MISMATCH');
  });
});
