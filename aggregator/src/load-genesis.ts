import { readFile, stat } from 'node:fs/promises';
import { CairnError, fromHex, type NetworkId, toHash } from '@cairn/primitives';
import { decodeGenesis, GENESIS_BYTES_MAX, type Genesis, genesisFromJson, networkIdOf } from '@cairn/protocol';
import { NodeSource } from './node-source.ts';

const FETCH_TIMEOUT_MS = 10_000;

export interface GenesisPlace {
  /** The document in JSON, in CBOR, or that in hex. */
  readonly file?: string;
  /** Its hash; pins whatever the file or a source gives. */
  readonly networkId?: string;
  /** Nodes that serve the document, asked in turn. They are not trusted: the hash decides. */
  readonly sources: readonly string[];
}

/**
 * The genesis document from a file, or from a node when the network id is given.
 * @throws AGGREGATOR_GENESIS_MISSING, AGGREGATOR_OPTIONS_INVALID, PROTOCOL_*
 */
export async function loadGenesis(place: GenesisPlace): Promise<Genesis> {
  const networkId = place.networkId === undefined ? null : toNetworkId(place.networkId);
  if (place.file !== undefined) {
    const genesis = await readGenesis(place.file);
    if (networkId !== null && networkIdOf(genesis) !== networkId) {
      throw new CairnError('AGGREGATOR_OPTIONS_INVALID', 'the genesis file is of another network');
    }
    return genesis;
  }
  if (networkId === null)
    throw new CairnError('AGGREGATOR_GENESIS_MISSING', 'a genesis file, a draft or a network id is needed');
  let cause: unknown;
  for (const url of place.sources) {
    try {
      return await new NodeSource(url).fetchGenesis(networkId, FETCH_TIMEOUT_MS);
    } catch (error) {
      cause = error;
    }
  }
  throw new CairnError('AGGREGATOR_GENESIS_MISSING', 'no source gave the genesis document', {}, { cause });
}

async function readGenesis(file: string): Promise<Genesis> {
  const { size } = await stat(file).catch((cause) => {
    throw new CairnError('AGGREGATOR_GENESIS_MISSING', 'the genesis file cannot be read', {}, { cause });
  });
  if (size > 4 * GENESIS_BYTES_MAX) throw new CairnError('AGGREGATOR_OPTIONS_INVALID', 'the genesis file is too large');
  const bytes = await readFile(file);
  const text = bytes.toString('latin1').trim();
  if (text.startsWith('{')) return genesisFromJson(text);
  return decodeGenesis(/^[0-9a-f]+$/.test(text) ? fromHex(text) : new Uint8Array(bytes));
}

function toNetworkId(text: string): NetworkId {
  try {
    return toHash(text);
  } catch (cause) {
    throw new CairnError('AGGREGATOR_OPTIONS_INVALID', 'a network id is 64 hex digits', {}, { cause });
  }
}
