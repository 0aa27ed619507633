import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '../fixtures/until.ts';
import type { Fault } from './plan.ts';
import type { Wiring } from './wiring.ts';

const run = promisify(execFile);
const P2P_PORT = 4001;
const HTTP_PORT = 8080;
const RATE_KBIT = { min: 96, max: 1000 };
const NETEM = { delayMs: 120, lossPercent: 8 };

/**
 * Members in network namespaces of their own, inside the one of this process, which is private too (`enclosure.ts`): when
 * the processes are gone, the kernel removes all of it. `peer` joins each to a bridge, and is what faults break; `control`
 * leads to this process, for HTTP.
 */
export class NamespaceWiring implements Wiring {
  readonly #holders: readonly ChildProcess[];

  private constructor(holders: readonly ChildProcess[]) {
    this.#holders = holders;
  }

  /** @throws unless this process may make links: it must be in a namespace of its own. */
  static async open(memberCount: number): Promise<NamespaceWiring> {
    const holders = Array.from({ length: memberCount }, () =>
      spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] }),
    );
    const wiring = new NamespaceWiring(holders);
    try {
      for (const bridge of ['bridge0', 'bridge1']) {
        await ip('link', 'add', bridge, 'type', 'bridge');
        await ip('link', 'set', bridge, 'up');
      }
      for (const member of holders.keys()) await wiring.#join(member);
      return wiring;
    } catch (error) {
      await wiring.close();
      throw error;
    }
  }

  launcher(member: number): readonly string[] {
    return ['nsenter', '--net', '--target', String(this.#holders[member]?.pid), '--'];
  }

  listenArgs(member: number): readonly string[] {
    const p2p = `/ip4/${peerIp(member)}/tcp/${P2P_PORT}`;
    return ['--p2p-listen', p2p, '--http-listen', `${controlIp(member)}:${HTTP_PORT}`];
  }

  peerAddresses(member: number): ReadonlyMap<number, string> {
    const others = [...this.#holders.keys()].filter((other) => other !== member);
    return new Map(others.map((other) => [other, `/ip4/${peerIp(other)}/tcp/${P2P_PORT}`]));
  }

  httpUrl(member: number): string {
    return `http://${controlIp(member)}:${HTTP_PORT}`;
  }

  async apply({ kind, members, level }: Fault): Promise<() => Promise<void>> {
    switch (kind) {
      case 'cut':
      case 'split':
        await this.#each(members, (member) => ip('link', 'set', `port${member}`, 'master', 'bridge1'));
        return () => this.#each(members, (member) => ip('link', 'set', `port${member}`, 'master', 'bridge0'));
      case 'link-down':
        await this.#each(members, (member) => ip('link', 'set', `port${member}`, 'down'));
        return () => this.#each(members, (member) => ip('link', 'set', `port${member}`, 'up'));
      case 'one-way':
        await this.#routes('add', members);
        return () => this.#routes('del', members);
      case 'narrow': {
        const rate = `${Math.round(RATE_KBIT.min + (1 - level) * (RATE_KBIT.max - RATE_KBIT.min))}kbit`;
        return this.#shape(['tbf', 'rate', rate, 'burst', '8kb', 'limit', '32kb']);
      }
      case 'netem': {
        const delay = Math.round(level * NETEM.delayMs);
        const loss = `${(level * NETEM.lossPercent).toFixed(1)}%`;
        return this.#shape(['netem', 'delay', `${delay}ms`, `${delay >> 2}ms`, 'loss', loss]);
      }
      default:
        throw new Error(`namespaces have no fault ${kind}`);
    }
  }

  async close(): Promise<void> {
    for (const holder of this.#holders) holder.stdin?.destroy();
    for (const link of [...this.#holders.keys()].flatMap((i) => [`port${i}`, `control${i}`])) {
      await ip('link', 'del', link).catch(() => {});
    }
    for (const bridge of ['bridge0', 'bridge1']) await ip('link', 'del', bridge).catch(() => {});
  }

  async #join(member: number): Promise<void> {
    const pid = String(this.#holders[member]?.pid);
    const own = readlinkSync('/proc/self/ns/net');
    await until('a network namespace', async () => readlinkSync(`/proc/${pid}/ns/net`) !== own || undefined, 10_000);
    await ip('link', 'add', `port${member}`, 'type', 'veth', 'peer', 'name', 'peer', 'netns', pid);
    await ip('link', 'set', `port${member}`, 'master', 'bridge0', 'up');
    await ip('link', 'add', `control${member}`, 'type', 'veth', 'peer', 'name', 'control', 'netns', pid);
    await ip('addr', 'add', `10.88.${member}.1/30`, 'dev', `control${member}`);
    await ip('link', 'set', `control${member}`, 'up');
    for (const [name, address] of [
      ['peer', `${peerIp(member)}/24`],
      ['control', `${controlIp(member)}/30`],
    ] as const) {
      await this.#inside(member, 'ip', 'addr', 'add', address, 'dev', name);
      await this.#inside(member, 'ip', 'link', 'set', name, 'up');
    }
    await this.#inside(member, 'ip', 'link', 'set', 'lo', 'up');
  }

  /** What the hit members send to the others is lost; what these send arrives. */
  async #routes(action: 'add' | 'del', members: readonly number[]): Promise<void> {
    const others = [...this.#holders.keys()].filter((other) => !members.includes(other));
    for (const member of members) {
      for (const other of others) {
        await this.#inside(member, 'ip', 'route', action, 'blackhole', `${peerIp(other)}/32`);
      }
    }
  }

  async #shape(discipline: readonly string[]): Promise<() => Promise<void>> {
    const all = [...this.#holders.keys()];
    const tc = (...args: string[]) => this.#each(all, (member) => this.#inside(member, 'tc', 'qdisc', ...args));
    await tc('add', 'dev', 'peer', 'root', ...discipline);
    return () => tc('del', 'dev', 'peer', 'root');
  }

  async #each(members: readonly number[], act: (member: number) => Promise<unknown>): Promise<void> {
    await Promise.all(members.map(act));
  }

  #inside(member: number, ...command: string[]): Promise<unknown> {
    const [nsenter, ...args] = this.launcher(member) as [string, ...string[]];
    return run(nsenter, [...args, ...command]);
  }
}

function ip(...args: string[]): Promise<unknown> {
  return run('ip', args);
}

const peerIp = (member: number): string => `10.77.0.${member + 1}`;
const controlIp = (member: number): string => `10.88.${member}.2`;
