import { restoreState } from '@cairn/ledger';
import { LogFrontier } from '@cairn/merkle';
import type { Genesis } from '@cairn/protocol';
import { Chain } from '@cairn/replica';
import type { RestoredArchive } from '@cairn/storage';

/** The chain at the archive's tip, without executing anything again. @throws LEDGER_STATE_MALFORMED, MERKLE_* */
export function restoreChain(genesis: Genesis, restored: RestoredArchive): Chain {
  const { tip, frontier, ledgerEntries, snapshot } = restored;
  if (tip === null || frontier === null) return new Chain({ genesis });
  const { block, certificate } = tip.certified;
  return new Chain({
    genesis,
    state: restoreState(genesis, ledgerEntries, block.header),
    tip: { header: block.header, hash: tip.blockHash, certificate },
    frontier: LogFrontier.restore(frontier),
    snapshot,
  });
}
