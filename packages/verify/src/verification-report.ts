import { CairnError } from '@cairn/primitives';
import type { VerifyErrorCode } from './errors.ts';

/**
 * What is checked, in this order. `anchor` is the log proof into an anchored checkpoint, `chain` whether that checkpoint
 * stands on the chain: this package asks no network, so `chain` is 'not-checked' until a reader of the chain says more.
 */
export const CHECK_NAMES = [
  'network',
  'signature',
  'header',
  'inclusion',
  'subject',
  'freshness',
  'anchor',
  'chain',
  'consistency',
] as const;
/** The name of one check. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** The outcome of one check. `code` is there exactly when it fails. */
export interface Check {
  readonly name: CheckName;
  readonly holds: boolean | 'not-checked';
  /** A VERIFY_* code; a reader of the chain brings its own. */
  readonly code?: string;
  /** For people: what was compared, or why nothing was. */
  readonly detail: string;
}

/** Line by line what holds. */
export interface VerificationReport {
  /** Every check that must hold does, and none failed. */
  readonly verified: boolean;
  readonly checks: readonly Check[];
}

/** A check that holds. */
export function holds(name: CheckName, detail: string): Check {
  return { name, holds: true, detail };
}

/** A check that fails. */
export function fails(name: CheckName, code: VerifyErrorCode, detail: string): Check {
  return { name, holds: false, code, detail };
}

/** A check that was not asked for, or that another failure made impossible. */
export function notChecked(name: CheckName, detail: string): Check {
  return { name, holds: 'not-checked', detail };
}

/** @returns the report of `checks`; verified when all of `required` hold and no check fails. */
export function reportOf(checks: readonly Check[], required: readonly CheckName[]): VerificationReport {
  const isHeld = (name: CheckName) => checks.some((check) => check.name === name && check.holds === true);
  const verified = required.every(isHeld) && checks.every((check) => check.holds !== false);
  return { verified, checks };
}

/** Puts the chain's answer in the place of 'not-checked'. A failing answer ends `verified`; none can restore it. */
export function withChainCheck(report: VerificationReport, chain: Omit<Check, 'name'>): VerificationReport {
  const checks = report.checks.map((check) => (check.name === 'chain' ? { ...chain, name: 'chain' as const } : check));
  return { verified: report.verified && chain.holds !== false, checks };
}

/** The first check that failed, if any. */
export function firstFailure(report: VerificationReport): Check | undefined {
  return report.checks.find((check) => check.holds === false);
}

/** Runs one check; whatever a malformed document makes it throw is a failure of that check. */
export function guarded(name: CheckName, code: VerifyErrorCode, run: () => Check): Check {
  try {
    return run();
  } catch (error) {
    return fails(name, code, error instanceof CairnError ? error.message : 'malformed');
  }
}
