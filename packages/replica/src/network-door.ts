import type { Door, VerifySignature } from '@cairn/consensus';
import { type Quorum, quorumOf } from '@cairn/primitives';
import { type Genesis, genesisCommittee, networkIdOf } from '@cairn/protocol';
import type { ThresholdScheme } from '@cairn/threshold';
import type { EvidenceDoor } from './check-evidence.ts';

/** All that judging bytes of others takes: messages, batches, items, evidence. Nothing of a member's state is in it. */
export interface NetworkDoor extends Door, EvidenceDoor {
  readonly quorum: Quorum;
}

/** @param by the house's signature rule and threshold scheme; toys in the simulator's volume runs. */
export function networkDoor(
  genesis: Genesis,
  by: { readonly verify: VerifySignature; readonly scheme: ThresholdScheme },
): NetworkDoor {
  return {
    networkId: networkIdOf(genesis),
    networkName: genesis.networkName,
    committee: genesisCommittee(genesis),
    quorum: quorumOf(genesis.members.length),
    epochBlocks: genesis.parameters.epochBlocks,
    verify: by.verify,
    scheme: by.scheme,
    isValidCommitment: (points) => by.scheme.isValidCommitment(points),
  };
}
