import { setTimeout as sleep } from 'node:timers/promises';
import { Rng } from '@cairn/primitives';
import { demand } from '@cairn/simulator';
import type { FaultNetwork } from './fault-network.ts';
import type { Fault } from './plan.ts';

const LOOP_TIMES = { min: 2, max: 4 };
/** A member needs about two seconds to start here: it dies before, while and after it opens its disk. */
const LOOP_LIFE_MS = { min: 100, max: 2500 };
/** A member whose disk is full ends by itself, once it has to write more than its log has room for. */
const FULL_DISK_START_MS = 4_000;

/** Ends what a fault did. */
export type Heal = () => Promise<void>;

/** @returns what heals it; null for a fault of links. */
export async function applyToProcesses(fault: Fault, network: FaultNetwork): Promise<Heal | null> {
  switch (fault.kind) {
    case 'kill':
    case 'kill-two':
    case 'kill-all':
      return kill(fault, network);
    case 'stop':
    case 'stop-two':
      return pause(fault, network);
    case 'restart-loop':
      return restartLoop(fault, network);
    case 'aggregator-kill':
      await network.aggregator?.stop('SIGKILL');
      return () => network.startAggregator();
    case 'disk-full':
      return fillDisk(fault, network);
    default:
      return null;
  }
}

async function kill({ members }: Fault, network: FaultNetwork): Promise<Heal> {
  await Promise.all(members.map((member) => network.network.kill(member, 'SIGKILL')));
  return async () => {
    await Promise.all(members.map((member) => network.start(member)));
  };
}

async function pause({ members }: Fault, network: FaultNetwork): Promise<Heal> {
  const signal = (name: NodeJS.Signals) => {
    for (const member of members) network.network.processes.get(member)?.signal(name);
  };
  signal('SIGSTOP');
  return async () => signal('SIGCONT');
}

/** Killed again and again while it starts. */
async function restartLoop({ members, seed }: Fault, network: FaultNetwork): Promise<Heal> {
  const rng = new Rng(seed);
  const [member] = members as [number];
  for (let times = rng.integer(LOOP_TIMES.min, LOOP_TIMES.max); times > 0; times--) {
    await network.network.kill(member, 'SIGKILL');
    network.launch(member);
    await sleep(rng.integer(LOOP_LIFE_MS.min, LOOP_LIFE_MS.max));
  }
  await network.network.kill(member, 'SIGKILL');
  return () => network.start(member);
}

/** A member on a full disk may go on, or end; started on it, it comes up or says why not. It loses nothing. */
async function fillDisk({ members, level }: Fault, network: FaultNetwork): Promise<Heal> {
  const [member] = members as [number];
  if (level < 0.4) await network.network.kill(member, 'SIGKILL');
  network.smallDisk?.fill();
  if (!network.isRunning(member)) await Promise.race([network.launch(member).exited, sleep(FULL_DISK_START_MS)]);
  return async () => {
    const child = network.network.processes.get(member);
    const isCoded = child?.isRunning === true || child?.lines.concat(child.log.map(asLine)).some(hasCode) === true;
    demand(isCoded, 'full-disk', () => `member ${member} ended without a code: ${child?.log.join('\n')}`);
    network.smallDisk?.empty();
    await network.network.kill(member, 'SIGKILL');
    await network.start(member);
  };
}

const asLine = (text: string) => ({ text });
const hasCode = (line: object): boolean => /(?:STORAGE|NODE)_[A-Z_]+/.test(JSON.stringify(line));
