import type { MemberIndex } from '@cairn/primitives';
import type { Anchoring } from './anchoring.ts';
import type { Fault, FaultKind, LastWrite } from './fault.ts';
import { isCut, type NetworkModel } from './network-model.ts';
import { WORLD_START_MS } from './sim-genesis.ts';
import type { WriteFate } from './sim-host.ts';
import type { World } from './world.ts';

/** A supervisor starts a process again this soon after it ended by itself. */
const RESTART_MS = 200;

type Deed = `write-${LastWrite}` | 'write-refused' | 'restart';

/** Lets the faults of a plan happen to a world, and heals it. */
export class FaultInjector {
  /** Faults that began, and what they did: writes lost, torn, kept and refused, processes started again. */
  readonly counts = new Map<FaultKind | Deed, number>();
  readonly #world: World;
  readonly #network: NetworkModel;
  readonly #anchoring: Anchoring;
  /** Faults at work on a member: it stays down while one of the first set is. */
  readonly #heldDown = new Map<MemberIndex, number>();
  readonly #armed = new Set<Fault>();
  #sendsLeft = new Map<MemberIndex, number>();
  #isHealed = false;

  constructor(
    world: World,
    parts: { readonly network: NetworkModel; readonly anchoring: Anchoring },
    faults: readonly Fault[],
  ) {
    const { network, anchoring } = parts;
    this.#anchoring = anchoring;
    this.#world = world;
    this.#network = network;
    world.transmit = (from, to) => network.arrivals(from, to, world.nowMs, endOf);
    world.writeFate = (member) => this.#writeFate(member);
    world.survivesSend = (member) => this.#survivesSend(member);
    world.onCrash.push((member) => this.#restartLater(member, RESTART_MS));
    for (const fault of faults) {
      world.call(() => this.#begin(fault), fault.atMs, `fault ${fault.kind}`);
      world.call(() => this.#end(fault), fault.atMs + fault.forMs, `end of ${fault.kind}`);
    }
  }

  /** No fault is at work any more, and everybody runs. */
  heal(): void {
    this.#isHealed = true;
    this.#anchoring.heal();
    this.#armed.clear();
    this.#heldDown.clear();
    this.#sendsLeft.clear();
    for (const node of this.#world.nodes) {
      node.clockOffsetMs = 0;
      if (!node.isUp) this.#start(node.self);
    }
  }

  #count(what: FaultKind | Deed): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #begin(fault: Fault): void {
    if (this.#isHealed) return;
    this.#count(fault.kind);
    switch (fault.kind) {
      case 'crash':
        this.#heldDown.set(fault.member, (this.#heldDown.get(fault.member) ?? 0) + 1);
        return this.#world.crash(fault.member, 'killed');
      case 'crash-at-write':
      case 'disk-full':
        this.#armed.add(fault);
        return;
      case 'crash-at-send':
        this.#sendsLeft.set(fault.member, fault.sends);
        return;
      case 'clock-skew':
      case 'clock-jump':
        this.#world.node(fault.member).clockOffsetMs += fault.byMs;
        return;
      case 'chain-down':
      case 'chain-slow':
      case 'chain-fork':
      case 'anchor-crash':
        return this.#anchoring.begin(fault);
      default:
        this.#network.begin(fault);
    }
  }

  #end(fault: Fault): void {
    if (this.#isHealed) return;
    switch (fault.kind) {
      case 'crash':
        this.#heldDown.set(fault.member, Math.max(0, (this.#heldDown.get(fault.member) ?? 0) - 1));
        return this.#restart(fault.member);
      case 'crash-at-write':
      case 'disk-full':
        this.#armed.delete(fault);
        return;
      case 'crash-at-send':
        this.#sendsLeft.delete(fault.member);
        return;
      case 'clock-skew':
      case 'clock-jump':
        this.#world.node(fault.member).clockOffsetMs -= fault.byMs;
        return;
      case 'partition':
      case 'asymmetric':
        this.#network.end(fault);
        return this.#reconnect(fault);
      case 'chain-down':
      case 'chain-slow':
      case 'chain-fork':
      case 'anchor-crash':
        return this.#anchoring.end(fault);
      default:
        this.#network.end(fault);
    }
  }

  #reconnect(fault: Extract<Fault, { kind: 'partition' | 'asymmetric' }>): void {
    const members = this.#world.nodes.map(({ self }) => self);
    for (const a of members) {
      for (const b of members) if (a < b && (isCut(fault, a, b) || isCut(fault, b, a))) this.#world.connect(a, b);
    }
  }

  #writeFate(member: MemberIndex): WriteFate {
    for (const fault of this.#armed) {
      if (!('member' in fault) || fault.member !== member) continue;
      if (fault.kind === 'disk-full') {
        this.#count('write-refused');
        return 'disk-full';
      }
      if (fault.kind !== 'crash-at-write') continue;
      this.#armed.delete(fault);
      this.#count(`write-${fault.write}`);
      return fault.write;
    }
    return 'done';
  }

  #survivesSend(member: MemberIndex): boolean {
    const left = this.#sendsLeft.get(member);
    if (left === undefined) return true;
    this.#sendsLeft.set(member, left - 1);
    if (left > 0) return true;
    this.#sendsLeft.delete(member);
    return false;
  }

  #restartLater(member: MemberIndex, delayMs: number): void {
    this.#world.call(() => this.#restart(member), delayMs, `supervisor of ${member}`);
  }

  #restart(member: MemberIndex): void {
    if ((this.#heldDown.get(member) ?? 0) > 0 || this.#world.node(member).isUp) return;
    this.#start(member);
  }

  #start(member: MemberIndex): void {
    this.#count('restart');
    this.#world.start(member);
  }
}

/** When a fault is over, on the world's clock. */
function endOf(fault: Fault): number {
  return WORLD_START_MS + fault.atMs + fault.forMs;
}
