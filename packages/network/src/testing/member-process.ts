// A member in a process of its own, so that it can be killed and frozen. Started by fork() with its index, the number of
// members and their addresses; says what happens to it over IPC, and publishes what it is told.
import { Recorder, testMembers } from './committee.ts';
import { addressOf, startNode } from './libp2p-committee.ts';

/** What the process reports. */
export type MemberReport =
  | { readonly kind: 'listening'; readonly address: string }
  | { readonly kind: 'gossiping'; readonly memberIndex: number }
  | { readonly kind: 'gossip' | 'direct'; readonly byte: number };

if (process.send !== undefined) {
  const [index, addresses, listen] = JSON.parse(process.argv[2] as string) as [number, string[], string[]];
  const report = (message: MemberReport) => process.send?.(message);
  const { members, seeds } = await testMembers(addresses.length);
  const recorder = new Recorder();
  recorder.judge = ({ bytes }) => {
    report({ kind: 'gossip', byte: bytes[0] as number });
    return 'accept';
  };
  recorder.onDirect = ({ bytes }) => report({ kind: 'direct', byte: bytes[0] as number });
  recorder.onPeer = ({ kind, memberIndex }) => {
    if (kind === 'gossiping') report({ kind, memberIndex });
  };
  const { network } = await startNode({
    identitySeed: seeds[index] as Uint8Array,
    members: members.map((member, at) => ({ ...member, addresses: addresses[at] ? [addresses[at]] : [] })),
    listen,
    recorder,
  });
  process.on('message', (byte: number) => void network.publish('batch', new Uint8Array([byte])));
  process.on('disconnect', () => process.exit());
  report({ kind: 'listening', address: addressOf(network) });
}
