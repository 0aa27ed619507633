import {
  CairnError,
  equalBytes,
  fromHex,
  fromUtf8,
  type PublicKey,
  type Signature,
  toPublicKey,
  toSignature,
} from '@cairn/primitives';
import {
  ComputeBudgetProgram,
  Ed25519Program,
  PublicKey as SolanaPublicKey,
  Transaction,
  TransactionInstruction,
  VersionedTransaction,
} from '@solana/web3.js';
import type { AnchorCheckpoint } from './anchor-checkpoint.ts';
import { toBase58 } from './base58.ts';
import type { SolanaAddress, TransactionId } from './chain-client.ts';
import type { FeePayer } from './fee-payer.ts';

/** SPL Memo, version 2. */
export const MEMO_PROGRAM: SolanaAddress = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr';
/** What a Solana packet holds: 1,280 bytes of IPv6 less its headers. */
export const TRANSACTION_BYTES_MAX = 1232;
const MEMO_ADDRESS = new SolanaPublicKey(MEMO_PROGRAM);
const OWN_INSTRUCTION = 0xffff;

/** What the Ed25519 precompile verified: one signature, everything within its own instruction. */
export interface PrecompileVerified {
  readonly publicKey: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Signature;
}

export interface AnchorContent {
  readonly transaction: TransactionId;
  readonly feePayer: { readonly key: PublicKey; readonly message: Uint8Array; readonly signature: Signature };
  /** Null when there is none of the one form that we make. */
  readonly precompileVerified: PrecompileVerified | null;
  /** Texts of all SPL Memos, in order. */
  readonly memos: readonly string[];
}

export interface AnchorTransactionInput {
  readonly checkpoint: AnchorCheckpoint;
  readonly blockhash: string;
  readonly computeUnitLimit: number;
  readonly computeUnitPriceMicroLamports: number;
}

/**
 * One transaction: compute budget, Ed25519 precompile over the four lines, SPL Memo with the whole note. Deterministic.
 * @throws SOLANA_TRANSACTION_EXCEEDED over 1,232 bytes.
 */
export function buildAnchorTransaction(
  input: AnchorTransactionInput,
  feePayer: FeePayer,
): { transaction: TransactionId; bytes: Uint8Array } {
  const { checkpoint } = input;
  const transaction = new Transaction().add(
    ComputeBudgetProgram.setComputeUnitLimit({ units: input.computeUnitLimit }),
    ComputeBudgetProgram.setComputeUnitPrice({ microLamports: input.computeUnitPriceMicroLamports }),
    Ed25519Program.createInstructionWithPublicKey({
      publicKey: fromHex(checkpoint.groupKey, 32),
      message: Buffer.from(checkpoint.text, 'utf8'),
      signature: fromHex(checkpoint.signature, 64),
    }),
    new TransactionInstruction({ programId: MEMO_ADDRESS, keys: [], data: Buffer.from(checkpoint.note, 'utf8') }),
  );
  transaction.recentBlockhash = input.blockhash;
  transaction.feePayer = new SolanaPublicKey(feePayer.address);
  const signature = feePayer.sign(transaction.serializeMessage());
  transaction.addSignature(transaction.feePayer, Buffer.from(signature));
  return { transaction: toBase58(signature), bytes: serialize(transaction) };
}

function serialize(transaction: Transaction): Uint8Array {
  try {
    // Our own signature needs no second look, least of all by the slow verifier of this library.
    return Uint8Array.from(transaction.serialize({ verifySignatures: false }));
  } catch (cause) {
    const meta = { bytesMax: TRANSACTION_BYTES_MAX };
    throw new CairnError('SOLANA_TRANSACTION_EXCEEDED', 'the anchor does not fit', meta, { cause });
  }
}

/** Takes a transaction's bytes apart. @throws SOLANA_TRANSACTION_MALFORMED */
export function readAnchorTransaction(bytes: Uint8Array): AnchorContent {
  try {
    return contentOf(bytes);
  } catch (cause) {
    const meta = { length: bytes.length };
    throw new CairnError('SOLANA_TRANSACTION_MALFORMED', 'not a Solana transaction', meta, { cause });
  }
}

function contentOf(bytes: Uint8Array): AnchorContent {
  if (bytes.length > TRANSACTION_BYTES_MAX) throw new RangeError('too long');
  const read = VersionedTransaction.deserialize(bytes);
  const { signatures, message } = read;
  // The library passes over what follows: only the bytes that the transaction is encoded to are this transaction.
  if (!equalBytes(read.serialize(), bytes)) throw new RangeError('not its one encoding');
  const [signature] = signatures;
  const [payer] = message.staticAccountKeys;
  if (signature === undefined || payer === undefined) throw new RangeError('nobody signed');
  const memos: string[] = [];
  let precompileVerified: PrecompileVerified | null = null;
  for (const instruction of message.compiledInstructions) {
    const program = message.staticAccountKeys[instruction.programIdIndex];
    if (program?.equals(MEMO_ADDRESS)) memos.push(fromUtf8(instruction.data));
    else if (program?.equals(Ed25519Program.programId)) precompileVerified ??= precompileOf(instruction.data);
  }
  return {
    transaction: toBase58(signature),
    feePayer: {
      key: toPublicKey(payer.toBytes()),
      message: message.serialize(),
      signature: toSignature(signature),
    },
    precompileVerified,
    memos,
  };
}

/**
 * Reads an instruction of the Ed25519 program: count, padding, then seven u16 (signature offset and instruction, key
 * offset and instruction, message offset, length and instruction).
 * @returns null unless it is of the form that counts: one signature, all three instruction indexes 0xFFFF.
 */
export function precompileOf(instructionData: Uint8Array): PrecompileVerified | null {
  // Copied: what comes in may be a Buffer, whose slices share their bytes.
  const data = Uint8Array.from(instructionData);
  if (data.length < 16 || data[0] !== 1) return null;
  const view = new DataView(data.buffer);
  const u16 = (index: number) => view.getUint16(2 + 2 * index, true);
  if (u16(1) !== OWN_INSTRUCTION || u16(3) !== OWN_INSTRUCTION || u16(6) !== OWN_INSTRUCTION) return null;
  const part = (offset: number, length: number) => data.slice(offset, offset + length);
  const signature = part(u16(0), 64);
  const publicKey = part(u16(2), 32);
  const message = part(u16(4), u16(5));
  if (signature.length !== 64 || publicKey.length !== 32 || message.length !== u16(5)) return null;
  return { publicKey: toPublicKey(publicKey), message, signature: toSignature(signature) };
}
