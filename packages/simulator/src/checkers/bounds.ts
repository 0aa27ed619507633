import { demand } from '../violation.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** Looked at every so many events: sizes do not jump. */
const EVERY_EVENTS = 64;

/** Packets and timers under way: more than this, and members answer each other for ever. */
const PENDING_PER_MEMBER_MAX = 5000;

/** Queues and maps of honest members stay within their stated bounds, and no member halts. */
export class Bounds implements Checker {
  readonly name = 'bounds';
  readonly #world: World;
  readonly #limits: Readonly<Record<string, number>>;
  #events = 0;

  constructor(world: World, limits: Readonly<Record<string, number>> = boundsOf(world.nodes.length)) {
    this.#world = world;
    this.#limits = limits;
  }

  afterEvent(): void {
    this.#events += 1;
    if (this.#events % EVERY_EVENTS === 0) this.#look();
  }

  atEnd(): void {
    this.#look();
  }

  #look(): void {
    const pending = this.#world.pendingCount;
    const limit = PENDING_PER_MEMBER_MAX * this.#world.nodes.length;
    demand(pending <= limit, 'storm', () => `${pending} packets and timers are under way`);
    for (const { self, replica, heldNonceCount } of this.#world.honest) {
      if (replica === null) continue;
      demand(!replica.isHalted, 'halted', () => `member ${self} stopped itself at height ${replica.height}`);
      for (const [what, size] of Object.entries({ ...replica.load, nonces: heldNonceCount })) {
        const limit = this.#limits[what];
        demand(limit === undefined || size <= limit, this.name, () => `member ${self} holds ${size} ${what}`);
      }
    }
  }
}

/** Per member of the committee: 512 batches of an author, 8 early messages; see the replica's options. */
function boundsOf(memberCount: number): Readonly<Record<string, number>> {
  return {
    batches: 512 * memberCount + 64,
    items: 65_536,
    waitingBlocks: 16,
    buffered: 8 * memberCount,
    nonces: 64,
  };
}
