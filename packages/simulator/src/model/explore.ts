import { AgreementModel, type ModelSize } from './agreement-model.ts';

/** What an exploration saw. */
export interface Exploration {
  /** Distinct states up to renaming of honest members and of blocks. */
  readonly states: number;
  readonly transitions: number;
  /** Whether every reachable state was seen. */
  readonly isComplete: boolean;
  /** Actions that lead to two signed blocks; null: there is no way. */
  readonly fork: readonly string[] | null;
}

interface Seen {
  readonly state: Uint8Array;
  readonly from: number;
  readonly action: string;
}

/** Breadth first through all states, so that a fork comes with its shortest way. @param statesMax where it gives up. */
export function explore(size: ModelSize, statesMax = 5_000_000): Exploration {
  const model = new AgreementModel(size);
  const known = new Set<string>();
  const queue: Seen[] = [{ state: model.start, from: -1, action: 'start' }];
  known.add(model.canonical(model.start));
  let transitions = 0;
  for (let at = 0; at < queue.length; at++) {
    const { state } = queue[at] as Seen;
    for (const next of model.next(state)) {
      transitions += 1;
      const key = model.canonical(next.state);
      if (known.has(key)) continue;
      known.add(key);
      queue.push({ state: next.state, from: at, action: next.action });
      if (model.signedBlocks(next.state).size > 1) {
        return { states: known.size, transitions, isComplete: false, fork: wayTo(queue, queue.length - 1) };
      }
      if (known.size >= statesMax) return { states: known.size, transitions, isComplete: false, fork: null };
    }
  }
  return { states: known.size, transitions, isComplete: true, fork: null };
}

function wayTo(queue: readonly Seen[], at: number): string[] {
  const way: string[] = [];
  for (let step = at; step > 0; step = (queue[step] as Seen).from) way.push((queue[step] as Seen).action);
  return way.reverse();
}
