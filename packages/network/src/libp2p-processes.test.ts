// Members that are killed or frozen, as the system does it: nobody says goodbye.
import { type ChildProcess, fork } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { type Libp2pCommittee, startLibp2pCommittee } from './testing/libp2p-committee.ts';
import type { MemberReport } from './testing/member-process.ts';

const COUNT = 4;
const REMOTE = 3;
let committee: Libp2pCommittee;
let processes: MemberProcess[] = [];

class MemberProcess {
  readonly child: ChildProcess;
  readonly reports: MemberReport[] = [];

  constructor(addresses: readonly string[], listen: readonly string[]) {
    const file = new URL('./testing/member-process.ts', import.meta.url);
    this.child = fork(file, [JSON.stringify([REMOTE, addresses, listen])], { execArgv: [] });
    this.child.on('message', (report) => this.reports.push(report as MemberReport));
    processes.push(this);
  }

  async until(isDone: (reports: readonly MemberReport[]) => boolean): Promise<void> {
    while (!isDone(this.reports)) await new Promise((resolve) => this.child.once('message', resolve));
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exited;
  }
}

const gossipingWithAll = (reports: readonly MemberReport[]) =>
  reports.filter(({ kind }) => kind === 'gossiping').length === COUNT - 1;
const got = (kind: 'gossip' | 'direct', byte: number) => (reports: readonly MemberReport[]) =>
  reports.some((report) => report.kind === kind && report.byte === byte);

/** Three members here, the fourth in a process of its own. */
async function start(): Promise<{ remote: MemberProcess; addresses: string[]; address: string }> {
  committee = await startLibp2pCommittee(COUNT);
  const { nodes, members } = committee;
  await nodes[REMOTE]!.network.stop();
  const here = nodes.slice(0, REMOTE);
  await Promise.all(
    here.map(({ recorder }) => recorder.until(() => !recorder.in('connected').includes(REMOTE), 'left')),
  );
  const addresses = members.map(({ addresses }) => addresses[0]!);
  const address = addresses[REMOTE]!;
  const remote = new MemberProcess(addresses, [address]);
  await remote.until(gossipingWithAll);
  return { remote, addresses, address };
}

afterEach(async () => {
  await Promise.all([committee?.stop(), ...processes.map((member) => member.kill())]);
  processes = [];
});

describe('a member process', () => {
  it('that is killed and started again gets and sends gossip and direct frames', async () => {
    const { remote, addresses, address } = await start();
    const [first, second] = committee.nodes;
    await remote.kill();
    await first!.recorder.until(() => !first!.recorder.in('connected').includes(REMOTE), 'its end is noticed');
    first!.network.sendDirect(REMOTE, 'agreement', new Uint8Array([1]));
    const again = new MemberProcess(addresses, [address]);
    await again.until(gossipingWithAll);
    await again.until(got('direct', 1));
    await first!.recorder.until(() => first!.recorder.in('gossiping').includes(REMOTE), 'gossip with it again');
    await first!.network.publish('batch', new Uint8Array([2]));
    await again.until(got('gossip', 2));
    again.child.send(3);
    await second!.recorder.until(() => second!.recorder.gossip.some(({ bytes }) => bytes[0] === 3), 'gossip from it');
  });

  it('that is frozen costs the others nothing, and goes on when it thaws', async () => {
    const { remote } = await start();
    const [first, second] = committee.nodes;
    remote.child.kill('SIGSTOP');
    for (let k = 0; k < 200; k++) {
      first!.network.sendDirect(REMOTE, 'agreement', new Uint8Array(200 * 1024).fill(9));
      await first!.network.publish('batch', new Uint8Array([4, k]));
      first!.network.sendDirect(1, 'agreement', new Uint8Array([k]));
      await second!.recorder.until(() => second!.recorder.direct.length === k + 1, `frame ${k} for another member`);
    }
    expect(first!.network.counters().directDropped).toBeGreaterThan(100);
    await second!.recorder.until(() => second!.recorder.gossip.length === 200, 'gossip for another member');
    first!.network.sendDirect(REMOTE, 'agreement', new Uint8Array([5]));
    remote.child.kill('SIGCONT');
    await remote.until(got('direct', 5));
    await remote.until(got('gossip', 4));
  });
});
