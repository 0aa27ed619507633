import { fromBase64, fromUtf8 } from '@cairn/primitives';
import { GENESIS_BYTES_MAX } from '@cairn/protocol';
import { type Trust, TrustRoot } from '@cairn/verify';
import { commandError } from '../commands/command-io.ts';
import { isUrl, readInput } from '../commands/read-input.ts';

/** What the user trusts, as given. */
export interface TrustOptions {
  readonly networkId?: string;
  readonly groupKey?: string;
  readonly genesis?: string;
}

/** JSON and base64 around a genesis document, at most. */
const GENESIS_FILE_BYTES_MAX = 8 * GENESIS_BYTES_MAX;

/**
 * The trust root: network id and group key, or a genesis document. With a network id alone the genesis document is
 * fetched from where the attestation came from: its hash tells whether it is the right one, so its source needs no trust.
 * @throws COMMAND_OPTION_INVALID without any trust, VERIFY_TRUST_INVALID, VERIFY_TRUST_MISMATCH, COMMAND_INPUT_*
 */
export async function trustOf(options: TrustOptions, source: string): Promise<TrustRoot> {
  const { networkId, groupKey, genesis } = options;
  if (networkId !== undefined && groupKey !== undefined) {
    const root = TrustRoot.of({ networkId, groupKey });
    if (genesis !== undefined) TrustRoot.of(await genesisTrust(genesis, networkId));
    return root;
  }
  if (genesis !== undefined) return TrustRoot.of(await genesisTrust(genesis, networkId));
  if (networkId !== undefined && isUrl(source)) {
    return TrustRoot.of(await genesisTrust(new URL('/v1/genesis', source).href, networkId));
  }
  throw commandError(
    'COMMAND_OPTION_INVALID',
    'nothing to verify against: give --network-id and --group-key, or --genesis (a network id alone is enough for a URL)',
  );
}

async function genesisTrust(source: string, networkId: string | undefined): Promise<Trust> {
  const bytes = await readGenesisBytes(source);
  return networkId === undefined ? { genesis: bytes } : { genesis: bytes, networkId };
}

/** @returns the canonical bytes of a genesis document, from a file or an address. @throws COMMAND_INPUT_* */
export async function readGenesisBytes(source: string): Promise<Uint8Array> {
  return documentOf(await readInput(source, GENESIS_FILE_BYTES_MAX, 'application/cbor'));
}

/** The canonical bytes, also out of the API's JSON `{data: {bytes}}`. */
function documentOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x7b) return bytes;
  try {
    return fromBase64(JSON.parse(fromUtf8(bytes)).data.bytes);
  } catch (cause) {
    throw commandError(
      'COMMAND_INPUT_MALFORMED',
      'the genesis file is neither CBOR nor the JSON of the API',
      {},
      cause,
    );
  }
}
