import type { SearchReport, SearchSize } from './report.ts';
import { StateTable } from './state-table.ts';
import { type Broken, type Ids, keyOf, partsOf, Universe } from './universe.ts';
import { Way } from './way.ts';

/** Breadth first through every state: whatever was sent may be delivered at any time, in any order, again, or never. */
export function searchAll(size: SearchSize, onProgress: (soFar: SearchReport) => void): SearchReport {
  return new SearchAll(size).run(onProgress);
}

class SearchAll {
  readonly #size: SearchSize;
  readonly #universe: Universe;
  readonly #states = new StateTable();
  readonly #way = new Way();
  #actions = 0;
  #committed = 0;
  #depth = 0;

  constructor(size: SearchSize) {
    this.#size = size;
    this.#universe = new Universe(size);
  }

  run(onProgress: (soFar: SearchReport) => void): SearchReport {
    this.#states.add(0);
    let end = 1;
    for (let at = 0; at < this.#states.count; at++) {
      if (at === end) {
        this.#depth += 1;
        end = this.#states.count;
        onProgress(this.#report(false, null));
      }
      const broken = this.#expand(at);
      if (broken !== null) return this.#report(false, broken);
      if (this.#states.count >= this.#size.statesMax) return this.#report(false, null);
    }
    return this.#report(true, null);
  }

  #expand(at: number): Broken | null {
    const { ids } = partsOf(this.#states.key(at));
    const universe = this.#universe;
    const { deliveries, offers } = universe.enabled(ids);
    const mayCrash = universe.crashes(ids) < this.#size.crashesMax;
    const own = mayCrash ? [universe.timer, universe.crash] : [universe.timer];
    for (const { toSlot, input } of deliveries) {
      const broken = this.#take({ at, ids, slot: toSlot, input });
      if (broken !== null) return broken;
    }
    for (const slot of ids.keys()) {
      const offered = offers.flatMap(({ inputs }) => inputs[slot] ?? []);
      for (const input of [...offered, ...own]) {
        const broken = this.#take({ at, ids, slot, input });
        if (broken !== null) return broken;
      }
    }
    return null;
  }

  #take({ at, ids, slot, input }: { at: number; ids: Ids; slot: number; input: number }): Broken | null {
    this.#actions += 1;
    const universe = this.#universe;
    const after = universe.after(ids, slot, input);
    const label = () => universe.label(slot, input);
    if (typeof after === 'string') return { invariant: after, schedule: [...this.#way.to(at), label()] };
    if (after === ids || !this.#states.add(keyOf(after))) return null;
    this.#way.set(this.#states.count - 1, at, label());
    if (universe.hasAllCommitted(after)) this.#committed += 1;
    const invariant = universe.fault(after);
    return invariant === null ? null : { invariant, schedule: this.#way.to(this.#states.count - 1) };
  }

  #report(isComplete: boolean, broken: Broken | null): SearchReport {
    const { count: states } = this.#states;
    const found = { states, actions: this.#actions, depth: this.#depth, committedStates: this.#committed };
    return { ...found, ...this.#universe.size, isComplete, broken };
  }
}
