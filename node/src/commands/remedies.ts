import { NODE_ERRORS } from '../errors.ts';

type ErrorTable = Readonly<Record<string, { readonly remedy: string }>>;

/** Where the codes of a package are listed. It is loaded already when it has thrown one of them. */
const TABLES: readonly (readonly [RegExp, () => Promise<ErrorTable>])[] = [
  [/^BYTES_/, async () => (await import('@cairn/primitives')).PRIMITIVES_ERRORS],
  [/^CRYPTO_/, async () => (await import('@cairn/crypto')).CRYPTO_ERRORS],
  [/^MERKLE_/, async () => (await import('@cairn/merkle')).MERKLE_ERRORS],
  [/^PROTOCOL_/, async () => (await import('@cairn/protocol')).PROTOCOL_ERRORS],
  [/^THRESHOLD_/, async () => (await import('@cairn/threshold')).THRESHOLD_ERRORS],
  [/^LEDGER_/, async () => (await import('@cairn/ledger')).LEDGER_ERRORS],
  [/^VERIFY_/, async () => (await import('@cairn/verify')).VERIFY_ERRORS],
  [/^DEVICE_/, async () => (await import('@cairn/device')).DEVICE_ERRORS],
  [/^NETWORK_/, async () => (await import('@cairn/network')).NETWORK_ERRORS],
  [/^SNAPSHOT_/, async () => (await import('@cairn/replica')).REPLICA_ERRORS],
  [/^STORAGE_/, async () => (await import('@cairn/storage')).STORAGE_ERRORS],
  [/^AGGREGATOR_/, async () => (await import('@cairn/aggregator')).AGGREGATOR_ERRORS],
  [/^CLIENT_/, async () => (await import('@cairn/client')).CLIENT_ERRORS],
  [/^DEVNET_/, async () => (await import('../devnet/errors.ts')).DEVNET_ERRORS],
  [/^HTTP_/, async () => (await import('@cairn/http')).HTTP_ERRORS],
  [/^(?:SOLANA|ANCHOR)_/, async () => (await import('@cairn/solana')).SOLANA_ERRORS],
];

/** @returns what to do about a code; null for one that no table has. */
export async function remedyOf(code: string): Promise<string | null> {
  const own: ErrorTable = NODE_ERRORS;
  const load = TABLES.find(([pattern]) => pattern.test(code))?.[1];
  const table = own[code] === undefined && load !== undefined ? await load() : own;
  return table[code]?.remedy ?? null;
}
