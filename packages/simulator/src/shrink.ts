import type { Plan } from './plan.ts';

/** How many runs a shrink may cost. */
const TRIES_MAX = 300;

/**
 * Makes a failing plan smaller while it still fails: takes out Byzantine members, behaviours and faults one by one,
 * then shortens what is left.
 * @param stillFails runs a plan; true when it breaks the same invariant.
 */
export function shrink(
  plan: Plan,
  stillFails: (plan: Plan) => boolean,
): { readonly plan: Plan; readonly tries: number } {
  let smallest = plan;
  let tries = 0;
  for (let isSmaller = true; isSmaller && tries < TRIES_MAX; ) {
    isSmaller = false;
    for (const candidate of smallerPlans(smallest)) {
      if (tries >= TRIES_MAX) break;
      tries += 1;
      if (!stillFails(candidate)) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return { plan: smallest, tries };
}

/** Biggest steps first. */
function* smallerPlans(plan: Plan): Generator<Plan> {
  if (plan.faults.length > 3) {
    const half = plan.faults.length >> 1;
    yield { ...plan, faults: plan.faults.slice(0, half) };
    yield { ...plan, faults: plan.faults.slice(half) };
  }
  for (const i of plan.byzantine.keys()) yield { ...plan, byzantine: without(plan.byzantine, i) };
  for (const i of plan.faults.keys()) yield { ...plan, faults: without(plan.faults, i) };
  for (const [i, member] of plan.byzantine.entries()) {
    if (member.behaviours.length < 2) continue;
    for (const j of member.behaviours.keys()) {
      const lesser = { ...member, behaviours: without(member.behaviours, j) };
      yield { ...plan, byzantine: plan.byzantine.with(i, lesser) };
    }
  }
  for (const [i, fault] of plan.faults.entries()) {
    if (fault.forMs > 20) yield { ...plan, faults: plan.faults.with(i, { ...fault, forMs: fault.forMs >> 1 }) };
  }
  if (plan.chaosMs > 400) yield { ...plan, chaosMs: Math.floor(plan.chaosMs * 0.7) };
  if (plan.reportsPerSecond > 2) yield { ...plan, reportsPerSecond: plan.reportsPerSecond >> 1 };
  if (plan.deviceCount > 1) yield { ...plan, deviceCount: 1 };
}

function without<T>(items: readonly T[], index: number): T[] {
  return items.filter((_, i) => i !== index);
}
