import { verifySignature } from '@cairn/crypto';
import type { CertifiedBlock } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import { Chain } from './chain.ts';
import { certificateFault, type FollowResult, followCertified, openBatches } from './follow-certified.ts';
import type { Commit } from './step.ts';
import { CertifiedChain, doorOf, spoilt } from './testing/certified-chain.ts';

function follow(chain: Chain, commit: Commit, change: Partial<CertifiedBlock> = {}): FollowResult {
  const certified = { ...commit.certified, ...change };
  const bytes = commit.batches.map((batch) => batch.bytes);
  const opened = openBatches(commit.certified.block.batchIds, bytes, doorOf(chain));
  if (!opened.ok) return { kind: 'refused', fault: opened.fault };
  return followCertified(chain, { certified, batches: opened.batches }, verifySignature);
}

describe('a follower', () => {
  it('executes what was certified and gets the same commits', () => {
    const network = new CertifiedChain();
    const follower = new Chain({ genesis: network.genesis });
    for (const commit of network.growTo(12)) {
      expect(certificateFault(commit.certified, doorOf(follower))).toBe(null);
      const result = follow(follower, commit);
      expect(result.kind).toBe('committed');
      if (result.kind === 'committed') expect(plain(result.commit)).toEqual(plain(commit));
    }
    expect(follower.tip.hash).toBe(network.chain.tip.hash);
    expect(network.commits.flatMap((commit) => commit.results).length).toBeGreaterThan(3);
  });

  it('refuses a spoilt group signature, another height and a certificate of another block', () => {
    const network = new CertifiedChain();
    const [first, second] = network.growTo(2) as [Commit, Commit];
    const follower = new Chain({ genesis: network.genesis });
    const { groupSignature } = first.certified;
    expect(follow(follower, first, { groupSignature: spoilt(groupSignature) })).toMatchObject({ kind: 'refused' });
    expect(follow(follower, second)).toMatchObject({ kind: 'refused', fault: 'not of the next height' });
    const { certificate } = second.certified;
    expect(follow(follower, first, { certificate })).toMatchObject({ fault: 'certificate of another block' });
    expect(follow(follower, first)).toMatchObject({ kind: 'committed' });
  });

  // The group signature covers the header, and the header only the root of the batch ids: a peer that swaps the list
  // beside a good signature must be refused, not executed until it looks like a divergence.
  it('refuses a block whose list of batches is not that of its header', () => {
    const network = new CertifiedChain();
    const [first] = network.growTo(1) as [Commit];
    const follower = new Chain({ genesis: network.genesis });
    const other = network.batch([network.report(0, 1)]);
    const block = { ...first.certified.block, batchIds: [other.id] };
    const swapped: Commit = { ...first, certified: { ...first.certified, block }, batches: [other] };
    expect(follow(follower, swapped)).toMatchObject({
      kind: 'refused',
      fault: 'its batch ids or parent certificate are not those of its header',
    });
    expect(follower.linkFault(block)).toBe('its batch ids or parent certificate are not those of its header');
  });

  it('refuses batches whose author or device did not sign', () => {
    const network = new CertifiedChain();
    const [first, second] = network.growTo(2) as [Commit, Commit];
    const follower = new Chain({ genesis: network.genesis });
    const [batch] = first.batches;
    const bytes = Uint8Array.from(batch?.bytes ?? []);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const door = doorOf(follower);
    expect(openBatches(first.certified.block.batchIds, [bytes], door)).toMatchObject({ ok: false });
    expect(openBatches(first.certified.block.batchIds, [], door)).toMatchObject({ ok: false });
    const swapped = openBatches(first.certified.block.batchIds, [second.batches[0]?.bytes ?? bytes], door);
    expect(swapped).toMatchObject({ ok: false, fault: 'these are not its batches' });
  });

  it('calls it divergence when the committee signed what execution does not give', () => {
    const network = new CertifiedChain();
    network.growTo(2);
    const follower = new Chain({ genesis: network.genesis });
    for (const commit of network.commits) follow(follower, commit);
    const { executed, certified } = network.certify([]);
    const block = { ...executed.block, header: { ...executed.block.header, stateHash: executed.hash } };
    const text = network.chain.checkpointTextOf(block);
    const forged = { ...certified, block, groupSignature: network.group.sign(text) };
    const result = followCertified(
      follower,
      {
        certified: { ...forged, certificate: { ...certified.certificate, blockHash: hashOf(network, block) } },
        batches: [],
      },
      verifySignature,
    );
    expect(result).toEqual({ kind: 'diverged', fault: 'execution gives another stateHash' });
    expect(follower.tip.header.height).toBe(2);
  });
});

function hashOf(network: CertifiedChain, block: CertifiedBlock['block']) {
  return network.chain.checkpointOf(block).headerHash;
}

/** Bytes as hex: the encoder hands out Buffers, the decoder plain arrays. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each) => {
      if (typeof each === 'bigint') return `${each}`;
      if (each?.type === 'Buffer') return Buffer.from(each.data).toString('hex');
      return each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each;
    }),
  );
}
