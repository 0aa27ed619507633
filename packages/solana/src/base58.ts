import { CairnError } from '@cairn/primitives';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Longest text that is worth decoding: 64 bytes need at most 88 characters. */
const TEXT_LENGTH_MAX = 88;

/** Bitcoin's base58, as Solana writes addresses, blockhashes and transaction ids. */
export function toBase58(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  let text = '';
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
  return '1'.repeat(zeros) + text;
}

/** @throws SOLANA_BASE58_MALFORMED unless `text` is the base58 of exactly `lengthBytes` bytes (at most 64). */
export function fromBase58(text: string, lengthBytes: number): Uint8Array {
  const malformed = () => new CairnError('SOLANA_BASE58_MALFORMED', 'not base58', { length: text.length, lengthBytes });
  if (text.length > TEXT_LENGTH_MAX) throw malformed();
  let number = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) throw malformed();
    number = number * 58n + BigInt(digit);
  }
  const bytes = new Uint8Array(lengthBytes);
  for (let i = lengthBytes - 1; i >= 0; i--, number >>= 8n) bytes[i] = Number(number & 255n);
  if (number !== 0n || toBase58(bytes) !== text) throw malformed();
  return bytes;
}

/** @returns whether `text` is base58 of `lengthBytes` bytes. */
export function isBase58(text: string, lengthBytes: number): boolean {
  try {
    fromBase58(text, lengthBytes);
    return true;
  } catch {
    return false;
  }
}
