import { Rng } from '@cairn/primitives';
import type { Fault } from './plan.ts';
import { steadyPorts } from './steady-ports.ts';
import { type LinkState, openLink, TcpRelay } from './tcp-relay.ts';
import type { Wiring } from './wiring.ts';

const DELAY_MS = { min: 20, max: 300 };
const FLAKY_EVERY_MS = { min: 100, max: 400 };
const FLAKY_STALL_MS = { min: 100, max: 900 };
const FLAKY_RESET_CHANCE = 0.15;

type Pair = readonly [number, number];

/**
 * Members of 127.0.0.1 that reach each other through relays of this process: one for each member and each that it dials.
 * Delay, silence, and cut connections stand in for what the kernel does to packets where it has no netem: to a TCP stream
 * a lost packet is a pause, and too many of them its end.
 */
export class RelayWiring implements Wiring {
  readonly #p2pPorts: readonly number[];
  readonly #httpPorts: readonly number[];
  readonly #links = new Map<string, LinkState>();
  readonly #relays = new Map<string, TcpRelay>();

  private constructor(p2pPorts: readonly number[], httpPorts: readonly number[]) {
    this.#p2pPorts = p2pPorts;
    this.#httpPorts = httpPorts;
  }

  static async open(memberCount: number, seed: number): Promise<RelayWiring> {
    const ports = await steadyPorts(2 * memberCount);
    const p2pPorts = ports.slice(0, memberCount);
    const wiring = new RelayWiring(p2pPorts, ports.slice(memberCount));
    const rng = new Rng(seed);
    for (const pair of wiring.#pairs()) wiring.#links.set(keyOf(pair), openLink());
    for (const [from, to] of wiring.#pairs()) {
      const relay = await TcpRelay.open({
        targetPort: p2pPorts[to] as number,
        there: wiring.#link([from, to]),
        back: wiring.#link([to, from]),
        fraction: () => rng.fraction(),
      });
      wiring.#relays.set(keyOf([from, to]), relay);
    }
    return wiring;
  }

  launcher(): readonly string[] {
    return [];
  }

  listenArgs(member: number): readonly string[] {
    const http = `127.0.0.1:${this.#httpPorts[member]}`;
    return ['--p2p-listen', `/ip4/127.0.0.1/tcp/${this.#p2pPorts[member]}`, '--http-listen', http];
  }

  peerAddresses(member: number): ReadonlyMap<number, string> {
    const others = this.#pairs().filter(([from]) => from === member);
    return new Map(
      others.map((pair) => [pair[1], `/ip4/127.0.0.1/tcp/${(this.#relays.get(keyOf(pair)) as TcpRelay).port}`]),
    );
  }

  httpUrl(member: number): string {
    return `http://127.0.0.1:${this.#httpPorts[member]}`;
  }

  async apply(fault: Fault): Promise<() => Promise<void>> {
    const stop = this.#begin(fault);
    return async () => {
      stop();
      for (const link of this.#links.values()) Object.assign(link, openLink());
      for (const relay of this.#relays.values()) {
        relay.cut(false);
        relay.wake();
      }
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()));
  }

  /** @returns what ends it, beyond opening all links. */
  #begin({ kind, members, level, seed }: Fault): () => void {
    const isHit = (member: number) => members.includes(member);
    const crossing = this.#pairs().filter(([from, to]) => isHit(from) !== isHit(to));
    switch (kind) {
      case 'delay': {
        const delayMs = DELAY_MS.min + level * (DELAY_MS.max - DELAY_MS.min);
        for (const link of this.#links.values()) Object.assign(link, { delayMs, jitterMs: delayMs / 2 });
        return () => {};
      }
      case 'silence':
        this.#stall(crossing);
        return () => {};
      case 'one-way':
        this.#stall(crossing.filter(([from]) => isHit(from)));
        return () => {};
      case 'cut':
      case 'split':
        for (const pair of crossing) this.#relays.get(keyOf(pair))?.cut(true);
        return () => {};
      case 'flaky':
        return this.#shake(crossing, new Rng(seed));
      default:
        throw new Error(`relays have no fault ${kind}`);
    }
  }

  /** Now this connection pauses, now that one breaks, until it is stopped. */
  #shake(pairs: readonly Pair[], rng: Rng): () => void {
    const timers = new Set<NodeJS.Timeout>();
    const after = (ms: number, task: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        task();
      }, ms);
      timers.add(timer);
    };
    const shake = () => {
      const pair = rng.pick(pairs);
      if (rng.chance(FLAKY_RESET_CHANCE)) this.#relays.get(keyOf(pair))?.reset();
      else {
        this.#stall([pair]);
        after(rng.integer(FLAKY_STALL_MS.min, FLAKY_STALL_MS.max), () => this.#release(pair));
      }
      after(rng.integer(FLAKY_EVERY_MS.min, FLAKY_EVERY_MS.max), shake);
    };
    shake();
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }

  #stall(pairs: readonly Pair[]): void {
    for (const pair of pairs) this.#link(pair).isStalled = true;
  }

  #release(pair: Pair): void {
    this.#link(pair).isStalled = false;
    for (const relay of this.#relays.values()) relay.wake();
  }

  #link(pair: Pair): LinkState {
    return this.#links.get(keyOf(pair)) as LinkState;
  }

  /** Ordered ones. */
  #pairs(): Pair[] {
    const members = [...this.#p2pPorts.keys()];
    return members.flatMap((from) => members.filter((to) => to !== from).map((to): Pair => [from, to]));
  }
}

function keyOf([from, to]: Pair): string {
  return `${from}>${to}`;
}
