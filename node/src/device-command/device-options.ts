import { fromHex, type PublicKey, toPublicKey } from '@cairn/primitives';
import { fromBase58 } from '@cairn/solana';
import { commandError } from '../commands/command-io.ts';
import type { ColumnMapping } from './csv-readings.ts';

/** Parsed options of `cairn device`, all text as commander gives it. */
export interface RunDeviceOptions {
  readonly source: 'host' | 'replay' | 'simulate';
  readonly gateway: string;
  readonly feed: string;
  readonly data: string;
  readonly key?: string;
  readonly networkId?: string;
  readonly registrar?: string;
  readonly register: boolean;
  readonly owner?: string;
  readonly cell?: string;
  readonly interval: string;
  readonly count?: string;
  readonly settle: 'acknowledged' | 'certified';
  readonly drain: string;
  readonly speed: string;
  readonly loop?: boolean;
  readonly timestampColumn: string;
  readonly deviceColumn?: string;
  readonly values?: string;
  readonly devices: string;
  readonly spoofers: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** @throws COMMAND_OPTION_INVALID unless a number within the bounds, both included */
export function numberOption(
  name: string,
  text: string,
  bounds: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= bounds.min && value <= bounds.max) return value;
  throw commandError('COMMAND_OPTION_INVALID', `--${name} is a number from ${bounds.min} to ${bounds.max}`);
}

/** @throws COMMAND_OPTION_INVALID unless 64 hex digits or base58 of 32 bytes */
export function ownerOption(text: string | undefined): PublicKey | undefined {
  if (text === undefined) return undefined;
  try {
    return /^[0-9a-f]{64}$/.test(text) ? toPublicKey(text) : toPublicKey(fromBase58(text, 32));
  } catch (cause) {
    throw commandError('COMMAND_OPTION_INVALID', '--owner is a Solana address', {}, cause);
  }
}

/** @throws COMMAND_OPTION_INVALID unless an H3 index in hex */
export function cellOption(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  try {
    fromHex(text.padStart(16, '0'), 8);
    return BigInt(`0x${text}`);
  } catch (cause) {
    throw commandError('COMMAND_OPTION_INVALID', '--cell is an H3 index in hex', {}, cause);
  }
}

/**
 * `a,b` gives the channels their columns in order, `channel=column,...` by name; without it each channel is read from the
 * column of its name. @throws COMMAND_OPTION_INVALID
 */
export function columnsOption(options: RunDeviceOptions, channels: readonly string[]): ColumnMapping {
  const parts = options.values?.split(',').map((part) => part.trim()) ?? [...channels];
  const isNamed = parts.some((part) => part.includes('='));
  if (!isNamed && parts.length !== channels.length) {
    const why = `--values names ${parts.length} columns, and the feed has ${channels.length} channels: ${channels.join(', ')}`;
    throw commandError('COMMAND_OPTION_INVALID', why);
  }
  const pairs = parts.map((part, i) => (isNamed ? part.split('=', 2) : [channels[i], part]) as [string, string]);
  const values = new Map(pairs);
  const { timestampColumn, deviceColumn = null } = options;
  return { timestampColumn, deviceColumn, values };
}
