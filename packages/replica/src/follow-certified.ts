import { authenticate, type VerifySignature } from '@cairn/consensus';
import type { Hash } from '@cairn/primitives';
import { blockHash, type CertifiedBlock, encodeCheckpointNote } from '@cairn/protocol';
import { authenticateBatch, type BatchDoor } from './authenticate-batch.ts';
import { type PoolBatch, toPoolBatch } from './batch-pool.ts';
import type { Chain, ExecutedBlock } from './chain.ts';
import type { Commit } from './step.ts';

/**
 * `refused`: whoever gave it is at fault, another source may have the right one. `diverged`: the committee certified a
 * header that our execution does not give; a follower stops there and never repairs itself (protocol section 5.7).
 */
export type FollowResult =
  | { readonly kind: 'committed'; readonly commit: Commit }
  | { readonly kind: 'refused'; readonly fault: string }
  | { readonly kind: 'diverged'; readonly fault: string };

/**
 * Takes the certified block of the next height as a follower does: link, group signature, execution, comparison of every
 * header field; then it is the tip. Certificates and batches were verified before (`certificateFault`, `openBatches`).
 * Mutates `chain` only when the result is `committed`.
 * @param batches those that the block names, in its order.
 */
export function followCertified(
  chain: Chain,
  received: { readonly certified: CertifiedBlock; readonly batches: readonly PoolBatch[] },
  verify: VerifySignature,
): FollowResult {
  const { certified, batches } = received;
  const { block } = certified;
  const fault = chain.linkFault(block);
  if (fault !== null) return { kind: 'refused', fault };
  if (certified.certificate.blockHash !== blockHash(block))
    return { kind: 'refused', fault: 'certificate of another block' };
  const isSame = block.batchIds.length === batches.length && block.batchIds.every((id, i) => batches[i]?.id === id);
  if (!isSame) return { kind: 'refused', fault: 'these are not its batches' };
  if (!verify(chain.committee.groupKey, chain.checkpointTextOf(block), certified.groupSignature))
    return { kind: 'refused', fault: 'its group signature does not verify' };
  const result = chain.check(block, batches);
  if (!result.ok) return { kind: 'diverged', fault: result.fault };
  return { kind: 'committed', commit: commitCertified(chain, result.executed, certified) };
}

/** Makes a certified block of the next height, all of whose signatures were checked, the tip. @returns what is kept of it. */
export function commitCertified(chain: Chain, executed: ExecutedBlock, certified: CertifiedBlock): Commit {
  const checkpoint = chain.checkpointOf(executed.block);
  const snapshot = chain.commit(executed, certified.certificate);
  const { receipts, acceptedReports, results, writes } = executed.execution;
  return {
    height: executed.block.header.height,
    blockHash: executed.hash,
    certified,
    batches: executed.batches.map(({ batch }) => batch),
    receipts,
    acceptedReports,
    results,
    writes,
    logRoot: checkpoint.root,
    note: encodeCheckpointNote(checkpoint, chain.committee.groupKey, certified.groupSignature),
    snapshot,
  };
}

/** Checks the votes of a certified block's own prepare certificate: slow, and independent of the chain. */
export function certificateFault(certified: CertifiedBlock, door: Parameters<typeof authenticate>[1]): string | null {
  const result = authenticate({ kind: 'certified-block', certified }, door);
  return result.ok ? null : result.fault;
}

/** Decodes and verifies the batches of a block: slow, and independent of the chain. Never throws for what bytes hold. */
export function openBatches(
  expected: readonly Hash[],
  batches: readonly Uint8Array[],
  door: BatchDoor,
): { readonly ok: true; readonly batches: readonly PoolBatch[] } | { readonly ok: false; readonly fault: string } {
  if (batches.length !== expected.length) return { ok: false, fault: 'these are not its batches' };
  const opened: PoolBatch[] = [];
  for (const [i, bytes] of batches.entries()) {
    const result = authenticateBatch(bytes, door);
    if (!result.ok) return { ok: false, fault: `batch ${i}: ${result.fault}` };
    if (result.batch.id !== expected[i]) return { ok: false, fault: 'these are not its batches' };
    opened.push(toPoolBatch(result.batch, door.networkId));
  }
  return { ok: true, batches: opened };
}
