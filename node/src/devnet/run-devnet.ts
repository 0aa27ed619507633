import type { WriteStream } from 'node:tty';
import { CairnError } from '@cairn/primitives';
import { Devnet } from './devnet.ts';
import type { DevnetModel } from './devnet-model.ts';
import type { DevnetOptions } from './options.ts';
import { Progress } from './progress.ts';
import { renderFrame } from './render-frame.ts';
import { Screen } from './screen.ts';
import { stopRequest } from './stop-request.ts';
import { type DevnetSummary, untilAnchored, whatIsMissing } from './until-anchored.ts';

const PROGRESS_INTERVAL_MS = 500;

/**
 * Runs a devnet until it is stopped, or has reached what `--until` asks for. Whatever happens, no process stays.
 * @returns the summary, with `until` only. @throws DEVNET_*, STORAGE_*
 */
export async function runDevnet(options: DevnetOptions): Promise<DevnetSummary | null> {
  const devnet = new Devnet(options);
  const killNow = (): void => devnet.group.killNow();
  const stop = stopRequest(killNow);
  // the last net: also when an error nobody expected ends us
  process.once('exit', killNow);
  const view = openView(devnet.model, options);
  try {
    return await live(devnet, options, stop.signal);
  } finally {
    await devnet.stop();
    view.close();
    stop.close();
    process.off('exit', killNow);
  }
}

/** Resolves when the user asks for the end, or `until` is reached. */
async function live(devnet: Devnet, options: DevnetOptions, stopped: AbortSignal): Promise<DevnetSummary | null> {
  const timeout = options.until === null ? null : AbortSignal.timeout(options.timeoutMs);
  const ending = timeout === null ? stopped : AbortSignal.any([stopped, timeout]);
  const ended = new Promise<'ended'>((resolve) => {
    if (ending.aborted) resolve('ended');
    ending.addEventListener('abort', () => resolve('ended'), { once: true });
  });
  const work = async (): Promise<DevnetSummary | 'ended'> => {
    const genesis = await devnet.start();
    return options.until === null ? ended : untilAnchored(devnet, genesis, ending);
  };
  const working = work();
  // when we end first, what the work then fails with is of no interest
  working.catch(() => {});
  const outcome = await Promise.race([working, devnet.failed, ended]);
  if (outcome !== 'ended') return outcome;
  if (timeout?.aborted === true && !stopped.aborted) {
    const seconds = options.timeoutMs / 1000;
    throw new CairnError('DEVNET_TIMEOUT', `not anchored within ${seconds} s: ${whatIsMissing(devnet.model.state)}`);
  }
  if (options.until !== null) throw new CairnError('DEVNET_TIMEOUT', 'stopped before it was anchored');
  return null;
}

interface View {
  close(): void;
}

/** The live view on a terminal, else lines. With `--until` or `--json` standard output is for the result. */
function openView(model: DevnetModel, options: DevnetOptions): View {
  const out: WriteStream = options.until !== null || options.isJson ? process.stderr : process.stdout;
  if (out.isTTY && !options.isJson) {
    const color = process.env.NO_COLOR === undefined || process.env.NO_COLOR === '';
    const screen = new Screen({ render: (size) => renderFrame(model.state, { ...size, color }) }, { out });
    const leave = (): void => screen.close();
    process.once('exit', leave);
    return {
      close: () => {
        leave();
        process.off('exit', leave);
        if (model.state.height > 0) out.write(`${lastWords(model)}\n`);
      },
    };
  }
  return options.isJson ? jsonLines(model) : lines(model, out);
}

function lines(model: DevnetModel, out: WriteStream): View {
  const progress = new Progress({ say: (line) => out.write(`${line}\n`) });
  const update = (): void => progress.update(model.state);
  const timer = setInterval(update, PROGRESS_INTERVAL_MS);
  update();
  return {
    close: () => {
      clearInterval(timer);
      update();
    },
  };
}

/** One object a second: the state as the live view has it, without its past. */
function jsonLines(model: DevnetModel): View {
  const tell = (): void => {
    const { reportsPerSecond, warnings: _, ...state } = model.state;
    process.stderr.write(`${JSON.stringify({ ...state, reportsPerSecond: reportsPerSecond.at(-1) ?? 0 })}\n`);
  };
  const timer = setInterval(tell, 1000);
  return { close: () => clearInterval(timer) };
}

function lastWords(model: DevnetModel): string {
  const { height, reports, anchor, dataDir } = model.state;
  const where = anchor === null ? '' : `, anchored to height ${anchor.treeSize - 1}`;
  return `cairn: ended at height ${height} with ${reports} reports certified${where}; data is in ${dataDir}`;
}
