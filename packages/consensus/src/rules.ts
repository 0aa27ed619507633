/**
 * The rules that protocol.md marks [fork], each of which can be taken out in the simulator, and there only, to show
 * that its checkers find the fork. Production passes none.
 */
export const FORK_RULES = [
  'signed-position',
  'exact-timeout-certificate',
  'highest-certificate',
  'nonce-of-its-view',
  'never-after-timeout',
] as const;
export type ForkRule = (typeof FORK_RULES)[number];
