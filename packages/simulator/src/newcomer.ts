import { assert, CairnError, type MemberIndex } from '@cairn/primitives';
import { encodeSyncRequest } from '@cairn/protocol';
import { type SnapshotAsk, type SnapshotBase, SnapshotSync } from '@cairn/replica';
import type { Packet } from './sim-host.ts';
import type { World } from './world.ts';

/** Longer than an honest answer takes. */
const TIMEOUT_MS = 2000;

/** A member that never ran, or that never said anything, with an empty disk: begins with a snapshot of the others. */
export class Newcomer {
  readonly self: MemberIndex;
  readonly sync: SnapshotSync;
  /** Why it gave up; null while it goes on, and when it is done. */
  failure: string | null = null;
  base: SnapshotBase | null = null;
  readonly #world: World;
  readonly #open = new Map<number, SnapshotAsk>();
  #asks = 0;

  /** @param checkpoint a signed note that it trusts. */
  constructor(world: World, self: MemberIndex, checkpoint: string) {
    this.#world = world;
    this.self = self;
    const { genesis, door, scheme } = world;
    const verifyGroupSignature = scheme.verifySignature;
    this.sync = new SnapshotSync({ genesis, checkpoint }, { door, verifyGroupSignature });
    assert(!world.node(self).isUp, 'a newcomer does not run yet');
    world.node(self).newcomer = this;
  }

  /** Begins to ask; the member starts when all is checked and on its disk. */
  begin(): void {
    this.#guard(() => this.#ask());
  }

  onAnswer({ id, frames }: Extract<Packet, { kind: 'sync-answer' }>, from: MemberIndex): void {
    const ask = this.#open.get(id);
    // Its host would not take an answer of one that it did not ask.
    if (ask === undefined || ask.peer !== from) return;
    this.#open.delete(id);
    this.#guard(() => this.sync.answered(ask, frames, this.#world.nowMs));
  }

  #ask(): void {
    if (this.base !== null || this.failure !== null) return;
    const world = this.#world;
    const peers = world.nodes.filter(({ self, isUp }) => self !== this.self && isUp).map(({ self }) => self);
    for (;;) {
      const step = this.sync.next(peers, world.nowMs);
      if (step.kind === 'wait') return world.call(() => this.#guard(() => this.#ask()), step.delayMs, 'newcomer waits');
      if (step.kind === 'done') return this.#finish(step.base);
      const id = this.#asks++;
      this.#open.set(id, step);
      world.send(this.self, step.peer, { kind: 'sync-request', id, bytes: encodeSyncRequest(step.request) });
      world.call(() => this.#guard(() => this.#timeOut(id)), TIMEOUT_MS, 'newcomer gives up an ask');
    }
  }

  #timeOut(id: number): void {
    const ask = this.#open.get(id);
    if (ask === undefined) return;
    this.#open.delete(id);
    this.sync.failed(ask, 'no answer in time', this.#world.nowMs);
  }

  #finish(base: SnapshotBase): void {
    const node = this.#world.node(this.self);
    this.base = base;
    node.newcomer = null;
    node.disk.install(base);
    this.#world.start(this.self);
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      this.failure = error.code;
    }
  }
}
