import { type MessagePort, workerData } from 'node:worker_threads';
import { createSigner, verifySignature } from '@cairn/crypto';
import type { MemberIndex } from '@cairn/primitives';
import { decodeGenesis, networkIdOf } from '@cairn/protocol';
import { Replica } from '@cairn/replica';
import { NodeStore } from '@cairn/storage';
import type { CoreOrder, CoreReport, CryptoOrder } from '../threads/thread-messages.ts';
import { Abstention } from './abstention.ts';
import { CoreDesk } from './core-desk.ts';
import { FateDesk } from './fate-desk.ts';
import { toInput } from './inbox.ts';
import { Outbox } from './outbox.ts';
import { unknownOwnVote } from './own-votes.ts';
import { PeerMessages } from './peer-messages.ts';
import { ReplicaHost } from './replica-host.ts';
import { SyncServer } from './serve-sync.ts';
import { Stopwatch } from './stopwatch.ts';

/** What the core thread is started with. */
export interface CoreThreadData {
  readonly genesis: Uint8Array;
  readonly self: MemberIndex;
  readonly dataDir: string;
  readonly packIntervalMs: number;
  readonly identitySeed: Uint8Array;
  readonly main: MessagePort;
  /** The first has the signer. */
  readonly crypto: readonly MessagePort[];
}

const {
  genesis: genesisBytes,
  self,
  dataDir,
  packIntervalMs,
  identitySeed,
  main,
  crypto,
} = workerData as CoreThreadData;
const genesis = decodeGenesis(genesisBytes);
const networkId = networkIdOf(genesis);
const identity = createSigner(identitySeed);
const store = NodeStore.open({ dataDir, genesis, author: self });
const now = () => Date.now();
const kept = store.restore();
// From the clock, beyond what any earlier run has used: a directory that was put back must not give a number twice.
const restored = { ...kept, nextBatchSeq: Math.max(kept.nextBatchSeq, now()) };
const abstention = new Abstention({ store });
const executions = new Stopwatch();
const replica = new Replica({ genesis, self, packIntervalMs }, restored, {
  verifyGroupSignature: verifySignature,
  measure: executions.measure,
});
const peers = new PeerMessages({ self, quorum: replica.chain.quorum });
const toMain = (report: CoreReport) => main.postMessage(report);
const fates = new FateDesk({ store, answer: (id, answer) => toMain({ kind: 'answer', id, answer }) });
const host = new ReplicaHost({
  replica,
  self,
  haltReason: restored.halted,
  baseHeight: store.chain.baseHeight(),
  peers,
  now,
  toMain,
  takeExecutionSeconds: executions.take,
  append: (entries) => store.append(entries),
  outbox: new Outbox(
    { self, networkId },
    {
      now,
      sign: (bytes) => identity.sign(bytes),
      isSilentAt: (height) => abstention.holds(height),
      certifiedBlock: (height) => store.chain.certifiedBlock(height),
    },
  ),
  soon: (task) => setImmediate(task),
  toSigner: (request) => crypto[0]?.postMessage({ kind: 'sign', request } satisfies CryptoOrder),
  onCommits: (commits) => {
    fates.onCommits(commits);
    tellTip();
  },
});
const sync = new SyncServer({
  chain: store.chain,
  proofs: store.proofs,
  epochBlocks: genesis.parameters.epochBlocks,
  candidate: (hash) => replica.candidate(hash) ?? store.candidate(hash),
  latestOf: (member) => peers.latestOf(member),
});
const record = { tipHeight: replica.height, voting: restored.voting };
const unknownVote = (messages: readonly Uint8Array[]) => {
  const unknown = unknownOwnVote(messages, { genesis, self, record });
  return unknown === null || abstention.holds(unknown.height) ? null : unknown;
};
const desk = new CoreDesk({ fates, sync, chain: store.chain, unknownVote, toMain });

function tellTip(): void {
  const order: CryptoOrder = { kind: 'tip', height: replica.height };
  for (const port of crypto) port.postMessage(order);
}

function take(order: CoreOrder): void {
  switch (order.kind) {
    case 'ask':
      return desk.answer(order);
    case 'forget':
      return fates.forget(order.id);
    case 'start':
      abstention.begin(order.silentUpTo);
      return host.start();
    case 'stop':
      return stop();
    case 'message':
      peers.see(order);
      return host.push(toInput(order));
    default:
      return host.push(toInput(order));
  }
}

function stop(): void {
  host.stop();
  store.close();
  main.close();
  for (const port of crypto) port.close();
}

tellTip();
main.on('message', take);
for (const port of crypto) port.on('message', take);
toMain({ kind: 'ready', position: host.position });
