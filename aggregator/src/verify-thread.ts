import { parentPort, workerData } from 'node:worker_threads';
import type { SyncBlock } from '@cairn/http';
import { blockVerifier } from './verify-job.ts';

/** A thread that checks the signatures of blocks, so that the event loop of the API does not. */
export interface VerifyOrder {
  readonly id: number;
  readonly block: SyncBlock;
}
export interface VerifyAnswer {
  readonly id: number;
  readonly fault: string | null;
}

if (parentPort !== null) {
  const port = parentPort;
  const verify = blockVerifier((workerData as { readonly genesis: Uint8Array }).genesis);
  port.on('message', ({ id, block }: VerifyOrder) => port.postMessage({ id, fault: verify(block) }));
}
