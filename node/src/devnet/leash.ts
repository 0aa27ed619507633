/**
 * Loaded before a child's own program (`node --import`): when the channel to the devnet closes, however that came, the
 * child ends. So no process outlives the devnet that started it, not even one whose parent was killed.
 */
import { isMainThread } from 'node:worker_threads';

/** After this a child that does not end by itself is ended. */
const GRACE_MS = 5000;

if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  // the channel alone is no reason to stay
  process.channel.unref();
}
