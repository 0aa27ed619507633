import type { SearchReport, SearchSize } from './report.ts';
import { StateTable } from './state-table.ts';
import { type Broken, type Ids, keyOf, partsOf, Universe } from './universe.ts';
import { Way } from './way.ts';

export interface DeviationSize extends SearchSize {
  readonly deviationsMax: number;
}

/** Directed links among three honest members: from slot, to slot. */
const LINKS: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 1],
];

/** Which links a member of this slot has. */
function linksOf(slot: number): number {
  return LINKS.reduce((bits, link, at) => (link.includes(slot) ? bits | (1 << at) : bits), 0);
}

/** Sets of links that one deviation may cut: one direction of one link, or all of a member. */
const CUTS = [...LINKS.keys()].map((at) => 1 << at).concat([0, 1, 2].map(linksOf));

/** One state with what leads on from it. */
interface Place {
  readonly at: number;
  readonly ids: Ids;
  readonly cut: number;
}

/**
 * Every schedule with so many deviations from the orderly one. In the orderly one the Byzantine member is silent, honest
 * messages arrive step by step, and timers fire when nothing else is left to happen. A deviation is one of: the Byzantine
 * member sends one thing to some of the others; a link or a member is cut off, or all links are restored; a message
 * overtakes others, or gets through a cut; a timer fires early; a member dies and starts again.
 */
export function searchDeviations(size: DeviationSize, onProgress: (soFar: SearchReport) => void): SearchReport {
  return new SearchDeviations(size).run(onProgress);
}

class SearchDeviations {
  readonly #size: DeviationSize;
  readonly #universe: Universe;
  readonly #states = new StateTable();
  readonly #way = new Way();
  /** By the index of the state: the fewest deviations that lead to it. */
  readonly #costs: number[] = [];
  #now: number[] = [];
  #next: number[] = [];
  #level = 0;
  #actions = 0;
  #committed = 0;

  constructor(size: DeviationSize) {
    this.#size = size;
    this.#universe = new Universe(size);
  }

  run(onProgress: (soFar: SearchReport) => void): SearchReport {
    this.#states.add(0);
    this.#costs.push(0);
    this.#next.push(0);
    for (this.#level = 0; this.#level <= this.#size.deviationsMax; this.#level++) {
      this.#now = this.#next;
      this.#next = [];
      for (let at = this.#now.pop(); at !== undefined; at = this.#now.pop()) {
        if (this.#costs[at] !== this.#level) continue;
        const broken = this.#expand(at);
        if (broken !== null) return this.#report(false, broken);
        if (this.#states.count >= this.#size.statesMax) return this.#report(false, null);
      }
      onProgress(this.#report(false, null));
    }
    return this.#report(true, null);
  }

  #expand(at: number): Broken | null {
    const { ids, beside: cut } = partsOf(this.#states.key(at));
    const place = { at, ids, cut };
    const orderly = this.#orderly(place);
    if (orderly !== null && 'invariant' in orderly) return orderly;
    let broken = orderly === null ? null : this.#reach(place, { ...orderly, cost: this.#level });
    // The last deviation is followed to its orderly end.
    if (broken !== null || this.#level === this.#size.deviationsMax) return broken;
    for (const step of this.#deviations(place)) {
      broken = 'invariant' in step ? step : this.#reach(place, { ...step, cost: this.#level + 1 });
      if (broken !== null) return broken;
    }
    return null;
  }

  /** The first thing in order that changes anything. */
  #orderly(place: Place): Step | Broken | null {
    const { deliveries } = this.#universe.enabled(place.ids);
    for (const { fromSlot, toSlot, input } of deliveries) {
      const isCut = LINKS.some(([from, to], link) => from === fromSlot && to === toSlot && (place.cut >> link) & 1);
      if (isCut) continue;
      const step = this.#give(place, [[toSlot, input]]);
      if (step !== null) return step;
    }
    for (const slot of place.ids.keys()) {
      const step = this.#give(place, [[slot, this.#universe.timer]]);
      if (step !== null) return step;
    }
    return null;
  }

  *#deviations(place: Place): Generator<Step | Broken> {
    const universe = this.#universe;
    const { deliveries, offers } = universe.enabled(place.ids);
    const single = deliveries.map(({ toSlot, input }): readonly [number, number] => [toSlot, input]);
    for (const slot of place.ids.keys()) {
      single.push([slot, universe.timer]);
      if (universe.crashes(place.ids) < this.#size.crashesMax) single.push([slot, universe.crash]);
    }
    for (const one of single) {
      const step = this.#give(place, [one]);
      if (step !== null) yield step;
    }
    for (const { inputs } of offers) yield* this.#sendings(place, inputs);
    for (const bits of [...CUTS.map((cut) => place.cut | cut), 0]) {
      const label = bits === 0 ? 'all links are restored' : `links are cut: ${nameOf(bits, universe.setting.honest)}`;
      if (bits !== place.cut) yield { ids: place.ids, cut: bits, label: () => label };
    }
  }

  /** One message to each set of members that it may be sent to. */
  *#sendings(place: Place, inputs: readonly (number | null)[]): Generator<Step | Broken> {
    for (let set = 1; set < 1 << inputs.length; set++) {
      const given = inputs.flatMap((input, slot) =>
        (set >> slot) & 1 && input !== null ? [[slot, input] as const] : [],
      );
      // A set with a member that it cannot be sent to is another set.
      const size = inputs.filter((_, slot) => (set >> slot) & 1).length;
      const step = given.length === size ? this.#give(place, given) : null;
      if (step !== null) yield step;
    }
  }

  /** @returns null when it changes nothing. */
  #give({ ids, cut }: Place & { at: number }, given: readonly (readonly [number, number])[]): Step | Broken | null {
    const label = () => given.map(([slot, input]) => this.#universe.label(slot, input)).join('; ');
    let after = ids;
    for (const [slot, input] of given) {
      this.#actions += 1;
      const next = this.#universe.after(after, slot, input);
      if (typeof next === 'string') return { invariant: next, schedule: [label()] };
      after = next;
    }
    return after === ids ? null : { ids: after, cut, label };
  }

  #reach({ at }: Place, step: Step & { readonly cost: number }): Broken | null {
    const isNew = this.#states.add(keyOf(step.ids, step.cut));
    const index = this.#states.indexOf(keyOf(step.ids, step.cut));
    if (!isNew && (this.#costs[index] as number) <= step.cost) return null;
    this.#costs[index] = step.cost;
    (step.cost === this.#level ? this.#now : this.#next).push(index);
    this.#way.set(index, at, step.cost === this.#level ? step.label() : `* ${step.label()}`);
    if (!isNew) return null;
    if (this.#universe.hasAllCommitted(step.ids)) this.#committed += 1;
    const invariant = this.#universe.fault(step.ids);
    return invariant === null ? null : { invariant, schedule: this.#way.to(index) };
  }

  #report(isComplete: boolean, broken: Broken | null): SearchReport {
    const { count: states } = this.#states;
    const depth = Math.min(this.#level, this.#size.deviationsMax);
    const found = { states, actions: this.#actions, depth, committedStates: this.#committed };
    return { ...found, ...this.#universe.size, isComplete, broken };
  }
}

interface Step {
  readonly ids: Ids;
  readonly cut: number;
  readonly label: () => string;
}

function nameOf(bits: number, honest: readonly number[]): string {
  const cut = LINKS.filter((_, at) => (bits >> at) & 1);
  return cut.map(([from, to]) => `${honest[from]}>${honest[to]}`).join(' ');
}
