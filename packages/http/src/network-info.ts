import { quorumOf } from '@cairn/primitives';
import { checkpointOrigin, checkpointVerifierKey, type Genesis, networkIdOf } from '@cairn/protocol';
import type { ChainPosition } from './shared-ports.ts';

/** What a consumer has to know of a network; all but height, epoch and chain is fixed by the network id. */
export function networkInfo(genesis: Genesis, position: ChainPosition, chain: string | null) {
  const { networkName, groupKey } = genesis;
  const networkId = networkIdOf(genesis);
  const quorum = quorumOf(genesis.members.length);
  return {
    networkName,
    networkId,
    groupKey,
    verifierKey: checkpointVerifierKey(checkpointOrigin({ networkName, networkId }), groupKey),
    rulesVersion: genesis.rulesVersion,
    createdAt: genesis.createdAt,
    epoch: position.epoch,
    height: position.height,
    members: genesis.members.map(({ name, identityKey }, index) => ({ index, name, identityKey })),
    threshold: quorum.certified,
    faultyMax: quorum.faulty,
    blockIntervalMs: genesis.parameters.blockIntervalMs,
    epochBlocks: genesis.parameters.epochBlocks,
    chain,
  };
}
