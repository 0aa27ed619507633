/** View timeouts, in milliseconds. */
export interface ViewTiming {
  /** Of view 0. */
  readonly viewTimeoutMs: number;
  readonly viewTimeoutMsMax: number;
}

/** Grows exponentially up to a cap. */
export function viewTimeoutOf(view: number, timing: ViewTiming): number {
  const doublings = Math.min(view, 30);
  return Math.min(timing.viewTimeoutMs * 2 ** doublings, timing.viewTimeoutMsMax);
}

/** How soon unanswered messages are first sent again; each time doubles it, up to `RESEND_DELAY_MS_MAX`. */
export function resendDelayMsMin(timing: ViewTiming): number {
  return Math.max(20, Math.floor(timing.viewTimeoutMs / 4));
}
export const RESEND_DELAY_MS_MAX = 5000;

/** A leader opens a further signing session when the newest has gone this long without completing. */
export function shareTimeoutMs(timing: ViewTiming): number {
  return Math.max(1, Math.floor(timing.viewTimeoutMs / 8));
}
