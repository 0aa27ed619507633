import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultArguments, parseFaultArguments, USAGE } from './arguments.ts';
import { findEnclosure, hasDiscipline, isEnclosed, raiseLoopback, runEnclosed } from './enclosure.ts';
import { type Abilities, describeRound, rounds, type WiringName } from './plan.ts';
import { Season } from './season.ts';
import { describeSummary, SummaryBook } from './summary.ts';

const EXIT = { done: 0, violation: 1, usage: 2, nothing: 3, interrupted: 130 };
/** Then a new network begins, with the other wiring. */
const SEASON_ROUNDS = 12;
const LOG_LINES = 15;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function main(argv: readonly string[]): Promise<number> {
  const options = parseFaultArguments(argv);
  if (options.isHelp) {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.done;
  }
  if (isEnclosed()) {
    raiseLoopback();
    return runSeasons(options, null);
  }
  const enclosure = findEnclosure();
  if ('missing' in enclosure) return runSeasons(options, enclosure.missing);
  const temporary = mkdtempSync(join(tmpdir(), 'cairn-faults-'));
  const programArgs = [import.meta.filename, ...argv];
  const code = await runEnclosed(enclosure.args, { programArgs, temporary });
  if (code === EXIT.violation) say(`the data are in ${temporary}`);
  else rmSync(temporary, { recursive: true, force: true });
  return code;
}

/** @param missing why there are no namespaces; null inside of some. */
async function runSeasons(options: FaultArguments, missing: string | null): Promise<number> {
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt);
  const absent: string[] = [];
  const narrow = missing === null && hasDiscipline('tbf', 'rate', '1mbit', 'burst', '8kb', 'limit', '32kb');
  const netem = missing === null && hasDiscipline('netem', 'delay', '1ms');
  if (missing !== null) absent.push(`network namespaces and the full disk: ${missing}`);
  else {
    if (!narrow) absent.push('narrow links: the kernel has no tbf');
    if (!netem) absent.push('netem (delay and loss of packets): the kernel has none; relays delay and cut streams');
  }
  for (const what of absent) say(`left out: ${what}`);
  const wirings = missing === null ? options.wirings : options.wirings.filter((wiring) => wiring === 'relay');
  if (wirings.length === 0) return EXIT.nothing;
  const book = new SummaryBook(options.seed);
  const deadline = performance.now() + options.minutes * 60_000;
  const perSeason = Math.min(SEASON_ROUNDS, Math.ceil(options.rounds / wirings.length));
  let isSound = true;
  for (let season = 0; isSound && book.rounds < options.rounds && performance.now() < deadline; season++) {
    const wiring = wirings[season % wirings.length] as WiringName;
    const smallDiskMember = missing === null ? (options.seed + season) % 4 : null;
    const last = Math.min(book.rounds + perSeason, options.rounds);
    const limits = { lastRound: last, deadline, seed: options.seed * 1000 + season, kinds: options.kinds };
    isSound = await runSeason({ wiring, smallDiskMember, narrow, netem }, limits, book);
  }
  const summary = book.summary(absent);
  process.stdout.write(`${options.isJson ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  return summary.violations.length === 0 ? EXIT.done : EXIT.violation;
}

interface SeasonLimits extends Pick<FaultArguments, 'seed' | 'kinds'> {
  readonly lastRound: number;
  readonly deadline: number;
}

/** @returns false after a violation. */
async function runSeason(abilities: Abilities, limits: SeasonLimits, book: SummaryBook): Promise<boolean> {
  const season = await Season.create(limits.seed, abilities);
  let doing = `the start of the network of seed ${limits.seed}, joined by ${abilities.wiring}`;
  running = season;
  try {
    say(doing);
    await season.start();
    for (const round of rounds(limits.seed, abilities, limits.kinds)) {
      doing = `round ${book.rounds + 1}: ${describeRound(round)}`;
      const result = await season.play(round);
      book.addRound(round, result);
      const seconds = (result.recoveryMs / 1000).toFixed(1);
      say(`${doing}; all well ${seconds} s later, height ${result.height}`);
      if (book.rounds >= limits.lastRound || performance.now() >= limits.deadline) break;
    }
    doing = 'the end';
    await season.finish();
    book.addSeason(season);
  } catch (error) {
    // whoever interrupted ends the program when all is cleaned up
    if (isInterrupted) await new Promise(() => {});
    book.addFailure(doing, error);
    book.addSeason(season);
    say(`${doing}\n${(error as Error).message}\n${season.network.logTails(LOG_LINES)}`);
    say(`kept: ${await season.keep()}`);
    running = undefined;
    return false;
  }
  running = undefined;
  await season.destroy();
  return true;
}

let running: Season | undefined;
let isInterrupted = false;

function interrupt(): void {
  if (isInterrupted) return;
  isInterrupted = true;
  const ended = running?.destroy() ?? Promise.resolve();
  ended.catch((error: unknown) => say(String(error))).finally(() => process.exit(EXIT.interrupted));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say((error as Error).message);
  process.exitCode = EXIT.usage;
}
// a library may keep a timer or a socket for a while after all is closed
process.exit();
