import { fromUtf8, hasCode, type NetworkId, toHash } from '@cairn/primitives';
import type { FeedDefinition } from '@cairn/protocol';
import { commandError } from '../commands/command-io.ts';
import { readInput } from '../commands/read-input.ts';
import type { SourceClock } from './reading-source.ts';

/** What a device has to know of the network before its first report. */
export interface NetworkFacts {
  readonly networkId: NetworkId;
  readonly networkName: string;
  readonly feeds: readonly FeedDefinition[];
}

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_MS_MAX = 5000;

/**
 * Asks the gateways in turn, until one answers or `signal` aborts.
 * @param expected the network that the user named. @throws COMMAND_OPTION_INVALID when a gateway is of another network
 */
export async function networkFacts(
  gateways: readonly string[],
  asked: {
    readonly expected?: string;
    readonly clock: SourceClock;
    readonly signal: AbortSignal;
    readonly say: (line: string) => void;
  },
): Promise<NetworkFacts | undefined> {
  for (let round = 0; !asked.signal.aborted; round++) {
    const gateway = gateways[round % gateways.length] as string;
    try {
      return checkedFacts(await factsOf(gateway), asked.expected);
    } catch (error) {
      if (!hasCode(error, 'COMMAND_INPUT_MISSING')) throw error;
      if (round === 0) asked.say(`waiting for a gateway: ${error.message}`);
    }
    await asked.clock.sleep(Math.min(RETRY_MS_MAX, 250 * 2 ** Math.min(round, 10)), asked.signal);
  }
  return undefined;
}

async function factsOf(gateway: string): Promise<NetworkFacts> {
  const [info, feeds] = await Promise.all([dataOf(gateway, '/v1/info'), dataOf(gateway, '/v1/feeds')]);
  const { networkId, networkName } = (info ?? {}) as { readonly networkId?: unknown; readonly networkName?: unknown };
  const isKnown =
    Array.isArray(feeds) && feeds.every((feed) => typeof feed?.id === 'string' && Array.isArray(feed.channels));
  if (!isKnown) throw commandError('COMMAND_INPUT_MALFORMED', `${gateway} told no feeds`);
  try {
    return { networkId: toHash(String(networkId)), networkName: String(networkName), feeds };
  } catch (cause) {
    throw commandError('COMMAND_INPUT_MALFORMED', `${gateway} told no network id`, {}, cause);
  }
}

function checkedFacts(facts: NetworkFacts, expected: string | undefined): NetworkFacts {
  if (expected === undefined || expected === facts.networkId) return facts;
  throw commandError('COMMAND_OPTION_INVALID', `the gateway is of network ${facts.networkId}, not of ${expected}`);
}

async function dataOf(gateway: string, path: string): Promise<unknown> {
  const bytes = await readInput(`${gateway.replace(/\/+$/, '')}${path}`, ANSWER_BYTES_MAX);
  try {
    return JSON.parse(fromUtf8(bytes)).data;
  } catch (cause) {
    throw commandError('COMMAND_INPUT_MALFORMED', `${gateway}${path} is no JSON of a node`, {}, cause);
  }
}
