// Goal: the verdict of the chain's Ed25519 precompile equals the house rule on every crafted vector.
// Method: one transaction a vector, sent to the embedded chain without preflight, so that the runtime itself judges it.
import { readFileSync } from 'node:fs';
import { verifySignature } from '@cairn/crypto';
import { fromHex, type PublicKey, type Signature, utf8 } from '@cairn/primitives';
import { PublicKey as Address, Ed25519Program, Transaction, TransactionInstruction } from '@solana/web3.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../test/fixtures.ts';
import { precompileOf } from './anchor-transaction.ts';
import { FeePayer, LocalChain, type TransactionId } from './index.ts';
import { JsonRpc } from './json-rpc.ts';
import { defaultRpcOptions } from './rpc-chain-client.ts';

interface Vector {
  readonly name: string;
  readonly family: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

const VECTORS = new URL('../../../test/vectors/ed25519-edge.json', import.meta.url);

let chain: LocalChain;
let rpc: JsonRpc;
const payer = FeePayer.generate();

beforeAll(async () => {
  chain = await LocalChain.start({ slotTimeMs: 50 });
  rpc = new JsonRpc({ rpcUrl: chain.rpcUrl, ...defaultRpcOptions });
  await chain.airdrop(payer.address, 1_000_000_000);
});
afterAll(() => chain.stop());

/** Sends a transaction with this instruction of the Ed25519 program, unasked whether it would succeed. */
async function send(data: Uint8Array, blockhash: string): Promise<TransactionId> {
  const instruction = new TransactionInstruction({
    programId: Ed25519Program.programId,
    keys: [],
    data: Buffer.from(data),
  });
  const transaction = new Transaction().add(instruction);
  transaction.feePayer = new Address(payer.address);
  transaction.recentBlockhash = blockhash;
  transaction.addSignature(transaction.feePayer, Buffer.from(payer.sign(transaction.serializeMessage())));
  const encoded = transaction.serialize({ verifySignatures: false }).toString('base64');
  return (await rpc.call('sendTransaction', [encoded, { encoding: 'base64', skipPreflight: true }])) as string;
}

/** @returns whether each transaction succeeded on the chain. */
async function verdicts(transactions: readonly TransactionId[]): Promise<boolean[]> {
  const statuses = await eventually(async () => {
    const answer = await rpc.call('getSignatureStatuses', [transactions]);
    const { value } = answer as { value: ({ err: unknown } | null)[] };
    return value.includes(null) ? undefined : (value as { err: unknown }[]);
  });
  // Anything but PrecompileError's invalid key (0) or signature (2) would mean that something else was judged.
  for (const { err } of statuses)
    expect(JSON.stringify(err)).toMatch(/^null$|^{"InstructionError":\[0,{"Custom":[02]}\]}$/);
  return statuses.map(({ err }) => err === null);
}

function instructionData(vector: Vector): Uint8Array {
  const [publicKey, signature] = [fromHex(vector.publicKey, 32), fromHex(vector.signature, 64)];
  return Ed25519Program.createInstructionWithPublicKey({ publicKey, message: utf8(vector.message), signature }).data;
}

it('the precompile judges every edge vector as the house does', async () => {
  const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[];
  expect(vectors.length).toBeGreaterThan(100);
  const latest = (await rpc.call('getLatestBlockhash', [])) as { value: { blockhash: string } };
  const sent: TransactionId[] = [];
  for (const vector of vectors) sent.push(await send(instructionData(vector), latest.value.blockhash));
  const onChain = await verdicts(sent);
  for (const [index, vector] of vectors.entries()) {
    const key = vector.publicKey as PublicKey;
    const house = verifySignature(key, utf8(vector.message), vector.signature as Signature);
    expect([vector.name, onChain[index], house]).toEqual([vector.name, vector.valid, vector.valid]);
  }
});

it('reads only instructions of the one form that counts', () => {
  const good = instructionData({
    publicKey: '11'.repeat(32),
    signature: '22'.repeat(64),
    message: 'text',
  } as Vector);
  expect(precompileOf(good)).toEqual({
    publicKey: '11'.repeat(32),
    message: utf8('text'),
    signature: '22'.repeat(64),
  });
  // Instruction indexes of signature, key and message: another instruction's bytes could be meant.
  for (const offset of [4, 8, 14]) {
    const data = Uint8Array.from(good);
    data[offset] = 0;
    expect(precompileOf(data), `index at ${offset}`).toBeNull();
  }
  const two = Uint8Array.from(good);
  two[0] = 2;
  expect(precompileOf(two)).toBeNull();
  for (let length = 0; length < good.length; length++) expect(precompileOf(good.subarray(0, length))).toBeNull();
});
