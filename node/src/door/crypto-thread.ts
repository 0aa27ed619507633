import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { selfTestEd25519, verifySignature } from '@cairn/crypto';
import { randomBytes } from '@cairn/crypto/random';
import { decodeGenesis } from '@cairn/protocol';
import { Signer } from '@cairn/replica';
import { frostScheme, type KeyShare } from '@cairn/threshold';
import type { CoreOrder, CryptoOrder } from '../threads/thread-messages.ts';
import { CryptoLoop } from './crypto-loop.ts';
import { Door } from './door.ts';

/** What a crypto thread is started with. */
export interface CryptoThreadData {
  readonly genesis: Uint8Array;
  /** Null in threads that only verify. */
  readonly keyShare: KeyShare | null;
  readonly main: MessagePort;
  readonly core: MessagePort;
}

const { genesis: genesisBytes, keyShare, main, core } = workerData as CryptoThreadData;
// Members that judge a signature differently would fork on it.
selfTestEd25519();
const genesis = decodeGenesis(genesisBytes);
const scheme = frostScheme;
const signer =
  keyShare === null
    ? null
    : new Signer({ keyShare, verificationShares: genesis.verificationShares }, { scheme, randomBytes });

function poll(): CryptoOrder | undefined {
  return receiveMessageOnPort(core)?.message ?? receiveMessageOnPort(main)?.message;
}

const door = new Door(
  { genesis },
  {
    verify: verifySignature,
    scheme,
    breathe: () => loop.serveUrgent(),
  },
);
const loop: CryptoLoop = new CryptoLoop({
  door,
  signer,
  poll,
  toCore: (order) => core.postMessage(order, transferable(order)),
  toMain: (report) => main.postMessage(report),
  clock: () => performance.now() / 1000,
});
core.on('message', (order: CryptoOrder) => loop.run(order));
main.on('message', (order: CryptoOrder) => loop.run(order));

function transferable(order: CoreOrder): ArrayBuffer[] {
  const bytes = order.kind === 'batch' ? order.bytes : order.kind === 'items' ? order.pack.bytes : undefined;
  return bytes === undefined ? [] : [bytes.buffer as ArrayBuffer];
}
