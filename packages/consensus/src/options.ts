import type { MemberIndex, Quorum } from '@cairn/primitives';
import type { ForkRule } from './rules.ts';
import type { ViewTiming } from './timing.ts';

/** What one height's agreement is told of its network and of the member that it serves. */
export interface AgreementOptions {
  readonly self: MemberIndex;
  readonly quorum: Quorum;
  readonly epoch: number;
  readonly height: number;
  readonly timing: ViewTiming;
  readonly leaderOf: (view: number) => MemberIndex;
  /** Only the simulator takes rules out. */
  readonly without?: ReadonlySet<ForkRule>;
}
