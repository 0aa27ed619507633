import { utf8 } from '@cairn/primitives';
import {
  buildAnchorTransaction,
  FeePayer,
  fromBase58,
  isBase58,
  precompileOf,
  readAnchorTransaction,
  toBase58,
  verifiedCheckpoint,
  verifyAnchorOn,
} from '@cairn/solana';
import { checkpoint, GROUP, note } from '../../../packages/solana/test/fixtures.ts';
import { ScriptedChain } from '../../../packages/solana/test/scripted-chain.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, demandSame, isAccepted, isAcceptedLater, type Subject, stateless, type Target } from '../target.ts';

const BLOCKHASH = 'GfVcyD4kkTrj4bKc7WA9sZCin9JDbdT4Zkd3EittNR1W';
const payer = FeePayer.generate();

function anchors() {
  const options = { blockhash: BLOCKHASH, computeUnitLimit: 100_000, computeUnitPriceMicroLamports: 1 };
  return [1, 7, 900].map((treeSize) =>
    buildAnchorTransaction({ checkpoint: checkpoint({ treeSize }), ...options }, payer),
  );
}

/** An RPC that gives changed bytes for an anchor: only the very transaction may pass. */
function verifying(): Subject {
  const known = anchors();
  const [, anchor] = known as [unknown, (typeof known)[0]];
  const claim = { transaction: anchor.transaction, note: note({ treeSize: 7 }), groupKey: GROUP.publicKey };
  return {
    generate: inputsFrom('bytes', (rng) => rng.pick(known).bytes),
    take: (input) =>
      isAcceptedLater(async () => {
        const client = new ScriptedChain(() => 1_700_000_000_000);
        client.transaction = async () => ({ slot: 9, bytes: input, isFailed: false, blockTimeMs: null });
        await verifyAnchorOn(client, claim);
        if (Buffer.compare(input, anchor.bytes) !== 0) throw new Broken('a changed transaction passes for the anchor');
      }),
  };
}

export const targets: readonly Target[] = [
  stateless(
    'solana/transaction',
    () => {
      const known = anchors();
      return {
        generate: inputsFrom('bytes', (rng) => rng.pick(known).bytes),
        take: (input) => isAccepted(() => readAnchorTransaction(input)),
      };
    },
    0.3,
  ),
  stateless('solana/verify-anchor', verifying, 0.1),
  stateless('solana/precompile', () => ({
    generate: inputsFrom('bytes', (rng) => {
      const head = Uint8Array.of(1, 0, 48, 0, 255, 255, 16, 0, 255, 255, 112, 0, 8, 0, 255, 255);
      return Buffer.concat([head, rng.bytes(104)]);
    }),
    take: (input) => precompileOf(input) !== null,
  })),
  stateless('solana/base58', () => ({
    generate: inputsFrom('text', (rng) => utf8(toBase58(rng.bytes(32)))),
    take: (input) =>
      isAccepted(() => {
        const text = Buffer.from(input).toString();
        isBase58(text, 64);
        demandSame(utf8(toBase58(fromBase58(text, 32))), utf8(text));
      }),
  })),
  stateless('solana/checkpoint', () => ({
    generate: inputsFrom('text', (rng) => utf8(note({ treeSize: rng.integer(1, 300) }))),
    take: (input) => isAccepted(() => verifiedCheckpoint(Buffer.from(input).toString(), GROUP.publicKey)),
  })),
];
