/** One Ctrl-C may arrive twice: from the terminal, and again from the npm that started us. */
const ECHO_MS = 1500;
const PARENT_POLL_MS = 250;

export interface StopRequest {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP, and when the npm that started us is gone. */
  readonly signal: AbortSignal;
  /** Forgets the handlers. */
  close(): void;
}

/** @param onSecond the user does not want to wait: called when a signal comes again, later than an echo would. */
export function stopRequest(onSecond: () => void): StopRequest {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      firstMs = performance.now();
      controller.abort();
    } else if (performance.now() - firstMs > ECHO_MS) onSecond();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  const watch = watchParent(() => controller.abort());
  return {
    signal: controller.signal,
    close: () => {
      clearInterval(watch);
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Losing the parent means something only under npm, whose shell dies without telling. */
function watchParent(onLost: () => void): NodeJS.Timeout | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && onLost(), PARENT_POLL_MS).unref();
}
