/**
 * The embedded chain as a process of its own: prints one line of JSON {rpcUrl, wsUrl, chain, pid} once it answers, and
 * ends on SIGTERM, SIGINT, or when the pipe or channel to its parent closes, so that it never outlives it.
 *
 *     node local-chain-process.ts [--port N] [--ws-port N] [--slot-time-ms N]
 */
import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LocalChain } from './local-chain.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'ws-port': { type: 'string', default: '0' },
    'slot-time-ms': { type: 'string', default: '400' },
  },
});

const chain = await LocalChain.start({
  port: Number(values.port),
  wsPort: Number(values['ws-port']),
  slotTimeMs: Number(values['slot-time-ms']),
});

// The runtime's own threads do not keep Node running, and stdin may be no pipe.
setInterval(() => {}, 60_000);

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await chain.stop();
  process.exit(0);
}

process.once('SIGTERM', end);
process.once('SIGINT', end);
process.once('disconnect', end);
// Only a pipe says by its end that the parent is gone; /dev/null ends at once.
const stdin = fstatSync(0);
if (stdin.isFIFO() || stdin.isSocket()) process.stdin.once('close', end).resume();

process.stdout.write(
  `${JSON.stringify({ rpcUrl: chain.rpcUrl, wsUrl: chain.wsUrl, chain: chain.chain, pid: process.pid })}\n`,
);
