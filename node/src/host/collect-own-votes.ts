import type { Network } from '@cairn/network';
import type { MemberIndex } from '@cairn/primitives';
import { AGREEMENT_BYTES_MAX, decodeSyncFrame, encodeSyncRequest } from '@cairn/protocol';

export interface CollectOwnVotesOptions {
  readonly network: Pick<Network, 'peers' | 'request'>;
  readonly timeoutMs: number;
}

const POLL_MS = 50;

/** Asks every member for the newest message of this one that it has seen. @returns what came until all answered, or in time. */
export async function collectOwnVotes({ network, timeoutMs }: CollectOwnVotesOptions): Promise<readonly Uint8Array[]> {
  const messages: Uint8Array[] = [];
  const answered = new Set<MemberIndex>();
  const asked = new Set<MemberIndex>();
  const deadline = performance.now() + timeoutMs;
  const ask = async (member: MemberIndex) => {
    try {
      messages.push(...(await askOne(network, member, timeoutMs)));
      answered.add(member);
    } catch {
      // It is asked again while there is time.
      asked.delete(member);
    }
  };
  while (performance.now() < deadline && answered.size < network.peers().length) {
    for (const { memberIndex, isConnected } of network.peers()) {
      if (!isConnected || asked.has(memberIndex)) continue;
      asked.add(memberIndex);
      void ask(memberIndex);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return messages;
}

async function askOne(
  network: Pick<Network, 'request'>,
  member: MemberIndex,
  timeoutMs: number,
): Promise<Uint8Array[]> {
  const options = { timeoutMs, framesMax: 1, responseBytesMax: AGREEMENT_BYTES_MAX + 64 };
  const messages: Uint8Array[] = [];
  for await (const frame of network.request(member, 'sync', encodeSyncRequest({ kind: 'own-latest' }), options)) {
    const { kind, encoded } = decodeSyncFrame(frame);
    if (kind === 'message') messages.push(encoded);
  }
  return messages;
}
