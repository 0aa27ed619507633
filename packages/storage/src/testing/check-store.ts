import { type BlockHeader, blockHash } from '@cairn/protocol';
import type { NodeStorePort } from '../node-store-port.ts';
import type { ChainFixture } from './chain-fixture.ts';

/**
 * Compares everything that a store holds with the first blocks of `chain`, up to the store's own tip.
 * @returns what is wrong, in words; empty when all is well.
 */
export function findDamage(store: NodeStorePort, chain: ChainFixture): string[] {
  const damage: string[] = [];
  const { height: tip } = store.chain.tip();
  const commits = chain.growTo(tip).slice(0, tip);
  const ledger = new Map<string, string>();
  for (const { height, certified, batches, acceptedReports, writes } of commits) {
    const stored = store.chain.certifiedBlock(height);
    if (stored === null || blockHash(stored.block) !== blockHash(certified.block)) damage.push(`block ${height}`);
    for (const { id } of batches) if (store.chain.batch(id) === null) damage.push(`batch ${id} of block ${height}`);
    for (const id of acceptedReports) if (store.fate(id)?.kind !== 'certified') damage.push(`report ${id}`);
    for (const { key, value } of writes) {
      if (value === null) ledger.delete(key);
      else ledger.set(key, Buffer.from(value).toString('hex'));
    }
  }
  const restored = store.restore();
  const entries = [...restored.ledgerEntries].map(({ key, value }) => [key, Buffer.from(value).toString('hex')]);
  const isSameLedger = entries.length === ledger.size && entries.every(([key, value]) => ledger.get(key!) === value);
  if (!isSameLedger) damage.push('ledger');
  if (tip > 0 && store.proofs.logRoot(tip + 1) !== commits.at(-1)?.logRoot) damage.push('log root');
  if (tip > 0) store.proofs.consistency({ firstSize: 1, secondSize: tip + 1 });
  return damage;
}

/** The header that this store would vote for at the height above its tip, if it prepared one. */
export function preparedHeader(store: NodeStorePort): BlockHeader | null {
  const { prepared } = store.restore().voting;
  return prepared === null ? null : (store.candidate(prepared.hash)?.header ?? null);
}
