import { restoreState } from '@cairn/ledger';
import { LogFrontier } from '@cairn/merkle';
import type { Genesis } from '@cairn/protocol';
import { Chain } from './chain.ts';
import type { RestoredReplica } from './step.ts';

/** The chain as storage left it; at genesis when it holds no block yet. @throws LEDGER_STATE_MALFORMED, MERKLE_FRONTIER_MALFORMED */
export function chainFrom(genesis: Genesis, restored: RestoredReplica | null): Chain {
  if (restored === null || restored.tip === null || restored.frontier === null) return new Chain({ genesis });
  const { certified, blockHash: hash } = restored.tip;
  return new Chain({
    genesis,
    state: restoreState(genesis, restored.ledgerEntries, certified.block.header),
    tip: { header: certified.block.header, hash, certificate: certified.certificate },
    frontier: LogFrontier.restore(restored.frontier),
    snapshot: restored.snapshot,
  });
}
