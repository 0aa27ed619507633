import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

export interface EventLoopLag {
  /** Seconds by which timers were late since the last reading: `p50`, `p99`, `max`. Starts over. */
  read(): { readonly p50: number; readonly p99: number; readonly max: number };
  stop(): void;
}

/** Watches the event loop of this thread until it is stopped; keeps no process alive. */
export function watchEventLoop(): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    read: () => {
      const reading = {
        p50: late(histogram, histogram.percentile(50)),
        p99: late(histogram, histogram.percentile(99)),
        max: late(histogram, histogram.max),
      };
      histogram.reset();
      return reading;
    },
    stop: () => void histogram.disable(),
  };
}

/** The monitor records whole intervals: its own resolution is no lag. */
function late(histogram: ReturnType<typeof monitorEventLoopDelay>, nanoseconds: number): number {
  return histogram.count === 0 ? 0 : Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
}
