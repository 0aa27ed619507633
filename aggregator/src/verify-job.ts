import { verifySignature } from '@cairn/crypto';
import type { SyncBlock } from '@cairn/http';
import { CairnError, quorumOf } from '@cairn/primitives';
import { decodeCertifiedBlock, decodeGenesis, genesisCommittee, networkIdOf } from '@cairn/protocol';
import { certificateFault, openBatches } from '@cairn/replica';

/** Finds what is wrong with a block as received: everything that needs no chain. Null: nothing. Never throws. */
export type VerifyBlock = (block: SyncBlock) => string | null;

/** @param genesisBytes the genesis document, whose committee signs. */
export function blockVerifier(genesisBytes: Uint8Array): VerifyBlock {
  const genesis = decodeGenesis(genesisBytes);
  const committee = genesisCommittee(genesis);
  const door = {
    networkId: networkIdOf(genesis),
    committee,
    quorum: quorumOf(committee.members.length),
    epochBlocks: genesis.parameters.epochBlocks,
    verify: verifySignature,
    // no message with nonce commitments stands in a certified block
    isValidCommitment: () => false,
  };
  return (received) => {
    try {
      const certified = decodeCertifiedBlock(received.certified);
      const fault = certificateFault(certified, door);
      if (fault !== null) return fault;
      const opened = openBatches(certified.block.batchIds, received.batches, door);
      return opened.ok ? null : opened.fault;
    } catch (error) {
      if (error instanceof CairnError) return `${error.code}: ${error.message}`;
      throw error;
    }
  };
}
