import type { SettingSize } from './setting.ts';
import type { Broken } from './universe.ts';

export interface SearchSize extends SettingSize {
  /** Restarts in a schedule, of all members together. */
  readonly crashesMax: number;
  /** Where it gives up; the report says so. */
  readonly statesMax: number;
}

/** What a search went through, and what it found. */
export interface SearchReport {
  /** Distinct global states: what the three honest members are, what they have sent, which links are cut. */
  readonly states: number;
  /** Actions that were tried in them. */
  readonly actions: number;
  /** Of single members; the actions that were run in them; steps of the real code that this took, with replays. */
  readonly localStates: number;
  readonly localTransitions: number;
  readonly steps: number;
  /** Actions, or deviations, that the last schedules have. */
  readonly depth: number;
  /** Whether every schedule within the bounds was covered. */
  readonly isComplete: boolean;
  /** States in which every honest member has committed. */
  readonly committedStates: number;
  readonly broken: Broken | null;
}
