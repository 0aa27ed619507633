import type { MemberIndex } from '@cairn/primitives';
import type { DkgEvidence, DkgMessage } from './dkg-message.ts';
import type { DkgPending, DkgResult } from './dkg-transcript.ts';

/** Why a ceremony ended without a key. The first three come with evidence that anyone can judge. */
export type DkgAbortReason = DkgEvidence['kind'] | 'false-accusation' | 'absent';

/** How a ceremony ended for one member. */
export type DkgOutcome =
  | { readonly kind: 'live'; readonly result: DkgResult }
  | {
      readonly kind: 'aborted';
      readonly reason: DkgAbortReason;
      /** Who lied, or who stayed away; ascending. */
      readonly culprits: readonly MemberIndex[];
      readonly evidence?: DkgEvidence;
    };

/** For logs and metrics only; dropping them changes nothing. */
export type DkgEvent =
  | { readonly kind: 'dealt' | 'shared' | 'confirmed' }
  | {
      readonly kind: 'refused';
      readonly from: MemberIndex;
      readonly message: DkgMessage['kind'];
      readonly reason: string;
    };

/** What a turn asks of the host, which carries the fields out in this order. */
export interface DkgStep {
  /** To be durable, sealed, before anything is sent. */
  readonly persist?: DkgPending;
  /** Each over the authenticated, encrypted stream to that member: sub-shares are secret. */
  readonly send: readonly { readonly to: MemberIndex; readonly message: DkgMessage }[];
  readonly events: readonly DkgEvent[];
  /** Present in the turn in which it is reached. After `aborted` a certificate can still bring `live`. */
  readonly outcome?: DkgOutcome;
}

/** A step under construction. */
export interface StepDraft {
  persist?: DkgPending;
  readonly send: { readonly to: MemberIndex; readonly message: DkgMessage }[];
  readonly events: DkgEvent[];
  outcome?: DkgOutcome;
}
