import { verifySignature } from '@cairn/crypto';
import type { SyncBlock } from '@cairn/http';
import { CairnError } from '@cairn/primitives';
import { decodeCertifiedBlock, decodeGenesis } from '@cairn/protocol';
import { certificateFault, networkDoor, openBatches } from '@cairn/replica';
import { frostScheme } from '@cairn/threshold';

/** Finds what is wrong with a block as received: everything that needs no chain. Null: nothing. Never throws. */
export type VerifyBlock = (block: SyncBlock) => string | null;

/** @param genesisBytes the genesis document, whose committee signs. */
export function blockVerifier(genesisBytes: Uint8Array): VerifyBlock {
  const door = networkDoor(decodeGenesis(genesisBytes), { verify: verifySignature, scheme: frostScheme });
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
