import type { MemberIndex } from '@cairn/primitives';

/** When a fault is at work, in virtual ms since the start of the run. */
interface Span {
  readonly atMs: number;
  readonly forMs: number;
}

/** One thing that goes wrong. A plan is a list of them; the shrinker takes them out one by one. */
export type Fault = Span &
  (
    | { readonly kind: 'delay'; readonly lowMs: number; readonly highMs: number }
    | { readonly kind: 'loss'; readonly chance: number }
    | { readonly kind: 'duplicate'; readonly chance: number }
    /** Each packet may be held back by up to `byMs`, so that later ones overtake it. */
    | { readonly kind: 'reorder'; readonly chance: number; readonly byMs: number }
    /** Members of different groups do not reach each other. Held packets arrive when it heals, others are lost. */
    | { readonly kind: 'partition'; readonly groups: readonly number[]; readonly isHeld: boolean }
    /** Nothing passes from `from` to `to`; the other way it does. */
    | {
        readonly kind: 'asymmetric';
        readonly from: readonly MemberIndex[];
        readonly to: readonly MemberIndex[];
        readonly isHeld: boolean;
      }
    | { readonly kind: 'slow-link'; readonly from: MemberIndex; readonly to: MemberIndex; readonly byMs: number }
    /** Killed between two events. */
    | { readonly kind: 'crash'; readonly member: MemberIndex }
    /** Killed at its next write, before anything of its step is sent. */
    | { readonly kind: 'crash-at-write'; readonly member: MemberIndex; readonly write: LastWrite }
    /** Killed in the middle of a step's sends, after `sends` of them. */
    | { readonly kind: 'crash-at-send'; readonly member: MemberIndex; readonly sends: number }
    /** Every write fails, so the process stops; it is started again and again. */
    | { readonly kind: 'disk-full'; readonly member: MemberIndex }
    /** Its clock is off by so much, as members' clocks may be. */
    | { readonly kind: 'clock-skew'; readonly member: MemberIndex; readonly byMs: number }
    /** Its clock is off by more than members promise. */
    | { readonly kind: 'clock-jump'; readonly member: MemberIndex; readonly byMs: number }
    /** The chain gives no answers; what was sent to it may have got there. */
    | { readonly kind: 'chain-down' }
    /** Answers come late and from a node that is behind, and blocks take little. */
    | { readonly kind: 'chain-slow' }
    /** Blocks that are not final give way to others. */
    | { readonly kind: 'chain-fork' }
    /** The aggregator that anchors is killed, and started again from its records. */
    | { readonly kind: 'anchor-crash' }
  );

/** What goes wrong between the log and the chain that anchors it. */
export type ChainFault = Extract<Fault, { kind: `chain-${string}` | 'anchor-crash' }>;

/** What is left of the write that a member was killed at: nothing, a part without its end, or all of it. */
export type LastWrite = 'lost' | 'torn' | 'kept';

export type FaultKind = Fault['kind'];

export const FAULT_KINDS: readonly FaultKind[] = [
  'delay',
  'loss',
  'duplicate',
  'reorder',
  'partition',
  'asymmetric',
  'slow-link',
  'crash',
  'crash-at-write',
  'crash-at-send',
  'disk-full',
  'clock-skew',
  'clock-jump',
  'chain-down',
  'chain-slow',
  'chain-fork',
  'anchor-crash',
];
