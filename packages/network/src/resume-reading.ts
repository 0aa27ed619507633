import type { Stream } from '@libp2p/interface';

/**
 * Lets a paused stream go on, from a timer too. One whose connection ended a moment ago does not know that yet: it throws,
 * because it can tell the other side nothing, and is reset here. No peer may end this process by hanging up.
 */
export function resumeReading(stream: Stream): void {
  if (stream.readStatus !== 'paused') return;
  try {
    stream.resume();
  } catch (error) {
    stream.abort(error as Error);
  }
}
