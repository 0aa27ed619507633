// Goal: nothing leaves that is not durable, in the order of the contract. Method: a replica that answers each input with a
// step from a script, and a host whose every outlet is written down.
import type { JournalEntry, Replica, Step } from '@cairn/replica';
import { describe, expect, test } from 'vitest';
import type { CoreReport } from '../threads/thread-messages.ts';
import type { Outbox } from './outbox.ts';
import { PeerMessages } from './peer-messages.ts';
import { ReplicaHost } from './replica-host.ts';

const EMPTY: Step = { journal: [], answers: [], send: [], timers: [], work: [], commits: [], events: [] };
const halted = (height: number): JournalEntry => ({ kind: 'halted', height, reason: 'test' });

function harness(steps: readonly Partial<Step>[], append: (entries: readonly JournalEntry[]) => void = () => {}) {
  const log: string[] = [];
  const tasks: (() => void)[] = [];
  const script = [...steps];
  const inputs: string[] = [];
  const next = (): Step => ({ ...EMPTY, ...script.shift() });
  const replica = {
    start: next,
    step: (input: { kind: string }) => {
      inputs.push(input.kind);
      return next();
    },
    height: 0,
    view: 0,
    isHalted: false,
    load: { items: 0, batches: 0, nonces: 0 },
    chain: { tip: { header: { time: 0 } }, nextEpoch: 0, state: { deviceFeeds: new Map(), feeds: new Map() } },
  } as unknown as Replica;
  const outbox = {
    prepare: (outbound: { kind: string; own?: boolean }) => ({
      sending: outbound.own ? null : { kind: 'gossip', topic: 'batch', bytes: new Uint8Array() },
      own: outbound.own ? { kind: 'timeout-vote' } : null,
    }),
    sealCredits: ({ votes }: { votes: readonly unknown[] }) => votes,
  } as unknown as Outbox;
  const quorum = { members: 4, faulty: 1, oneHonest: 2, certified: 3 };
  const host = new ReplicaHost({
    replica,
    self: 0,
    haltReason: null,
    baseHeight: 0,
    peers: new PeerMessages({ self: 0, quorum }),
    append: (entries) => {
      append(entries);
      log.push(`append ${entries.length}`);
    },
    outbox,
    now: () => 0,
    soon: (task) => tasks.push(task),
    takeExecutionSeconds: () => [],
    toSigner: ({ kind }) => log.push(`signer ${kind}`),
    toMain: (report: CoreReport) => {
      if (report.kind === 'turn') log.push(`main ${report.sendings.length} sendings, ${report.answers.length} answers`);
    },
    onCommits: (commits) => log.push(`commits ${commits.length}`),
  });
  const run = () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  return { host, log, run, inputs };
}

const send = (own = false) => [{ kind: 'batch', own }] as unknown as Step['send'];
const work: Step['work'] = [{ kind: 'destroy-nonces', height: 1, view: 0 }];

describe('the host of the replica', () => {
  test('gives signed credits back in the same turn: they are items like others, and written with what came of them', () => {
    const seal = [{ kind: 'seal-credits', votes: [] }] as unknown as Step['work'];
    const { host, log, run, inputs } = harness([{}, { work: seal }, { journal: [halted(1)] }]);
    host.start();
    log.length = 0;
    host.push({ kind: 'timer', timer: 'view' });
    run();
    expect(inputs).toEqual(['timer', 'work-done']);
    expect(log).toEqual(['append 1', 'main 0 sendings, 0 answers']);
  });

  test('takes all inputs that wait in one turn, with one write before anything leaves', () => {
    const { host, log, run } = harness([
      {},
      { journal: [halted(1)], send: send(), work },
      { journal: [halted(2)], send: send() },
    ]);
    host.start();
    log.length = 0;
    host.push({ kind: 'timer', timer: 'view' });
    host.push({ kind: 'timer', timer: 'pack' });
    run();
    expect(log).toEqual(['append 2', 'main 2 sendings, 0 answers', 'signer destroy-nonces']);
  });

  test('own messages come back in the same turn', () => {
    const { host, log, run, inputs } = harness([
      {},
      { journal: [halted(1)], send: send(true) },
      { journal: [halted(2)] },
    ]);
    host.start();
    log.length = 0;
    host.push({ kind: 'timer', timer: 'view' });
    run();
    expect(inputs).toEqual(['timer', 'message']);
    expect(log).toEqual(['append 2', 'main 0 sendings, 0 answers']);
  });

  test('when the write fails nothing leaves, and the error is not caught', () => {
    const full = new Error('disk full');
    const { host, log, run } = harness([{}, { journal: [halted(1)], send: send(), work }], () => {
      throw full;
    });
    host.start();
    log.length = 0;
    host.push({ kind: 'timer', timer: 'view' });
    expect(run).toThrow(full);
    expect(log).toEqual([]);
  });

  test('before it has started, inputs wait', () => {
    const { host, run, inputs } = harness([{}, {}]);
    host.push({ kind: 'timer', timer: 'view' });
    run();
    expect(inputs).toEqual([]);
    host.start();
    run();
    expect(inputs).toEqual(['timer']);
  });

  test('after it has stopped, nothing is taken', () => {
    const { host, run, inputs, log } = harness([{}, { journal: [halted(1)] }]);
    host.start();
    log.length = 0;
    host.push({ kind: 'timer', timer: 'view' });
    host.stop();
    expect(log).toEqual(['append 1', 'main 0 sendings, 0 answers']);
    host.push({ kind: 'timer', timer: 'view' });
    run();
    expect(inputs).toEqual(['timer']);
  });
});
