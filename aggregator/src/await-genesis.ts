import { setTimeout as delay } from 'node:timers/promises';
import { verifySignature } from '@cairn/crypto';
import { CairnError } from '@cairn/primitives';
import { decodeCertifiedBlock, encodeGenesisDraft, type Genesis, type GenesisDraft } from '@cairn/protocol';
import { certificateFault, networkDoor } from '@cairn/replica';
import { frostScheme } from '@cairn/threshold';
import { NodeSource } from './node-source.ts';

const FETCH_TIMEOUT_MS = 10_000;
const FIRST_BLOCK_BYTES_MAX = 1024 * 1024;

export interface AwaitGenesisOptions {
  /** What the members agreed on before they made the key: their identity keys are what is trusted. */
  readonly draft: GenesisDraft;
  /** Nodes that serve the document, asked in turn. They are not trusted. */
  readonly sources: readonly string[];
  /** Between two rounds of questions. */
  readonly retryMs?: number;
}

export interface AwaitGenesisDependencies {
  readonly signal: AbortSignal;
  /** Once per round without success, why each source was of no use. */
  readonly onWaiting?: (reasons: readonly string[]) => void;
}

/**
 * Waits until the members of a draft have made their key and certified a block, and learns the genesis document from
 * them. A source may lie: the document is taken only when it says what the draft says, and when a quorum of the draft's
 * own identity keys has signed block 1 under its hash.
 * @throws AGGREGATOR_GENESIS_MISSING when the signal comes first; AGGREGATOR_OPTIONS_INVALID
 */
export async function awaitGenesis(
  { draft, sources, retryMs = 1000 }: AwaitGenesisOptions,
  { signal, onWaiting }: AwaitGenesisDependencies,
): Promise<Genesis> {
  const nodes = sources.map((url) => new NodeSource(url));
  while (!signal.aborted) {
    const reasons: string[] = [];
    for (const node of nodes) {
      try {
        return await genesisFrom(node, draft, signal);
      } catch (error) {
        if (!(error instanceof CairnError)) throw error;
        reasons.push(`${node.name}: ${error.message} (${error.code})`);
      }
    }
    onWaiting?.(reasons);
    await delay(retryMs, undefined, { signal }).catch(() => {});
  }
  throw new CairnError('AGGREGATOR_GENESIS_MISSING', 'stopped before the members had certified a block');
}

async function genesisFrom(node: NodeSource, draft: GenesisDraft, signal: AbortSignal): Promise<Genesis> {
  const genesis = await node.fetchUnpinnedGenesis(FETCH_TIMEOUT_MS);
  if (!isSame(encodeGenesisDraft(genesis), encodeGenesisDraft(draft))) {
    throw refusal('its genesis document is not that of the draft');
  }
  const limits = { limit: 1, bytesMax: FIRST_BLOCK_BYTES_MAX, waitMs: 0, timeoutMs: FETCH_TIMEOUT_MS };
  const { blocks } = await node.fetchBlocks({ from: 1, ...limits, signal });
  const [first] = blocks;
  if (first === undefined) throw refusal('it has no certified block yet');
  const door = networkDoor(genesis, { verify: verifySignature, scheme: frostScheme });
  const fault = certificateFault(decodeCertifiedBlock(first.certified), door);
  if (fault !== null) throw refusal(`its first block was not signed by the members of the draft: ${fault}`);
  return genesis;
}

function refusal(message: string): CairnError {
  return new CairnError('AGGREGATOR_SOURCE_MALFORMED', message);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
