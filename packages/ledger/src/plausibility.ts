import type { FeedDefinition } from '@cairn/protocol';
import { cellParent } from './h3-cell.ts';
import { gridDistance } from './h3-distance.ts';
import { squareRoot } from './integer-math.ts';
import type { AcceptedReading, ReportFacts } from './reading.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Whether every channel changed by at most stepPerMinuteMax for each begun minute between the two, at least one: so
 * that two readings in one second may differ by as much as two in one minute.
 */
export function isPlausibleStep(feed: FeedDefinition, neighbour: AcceptedReading, report: ReportFacts): boolean {
  const elapsedMs = Math.abs(report.observedAt - neighbour.observedAt);
  const minutes = Math.max(1, Math.ceil(elapsedMs / MINUTE_MS));
  return feed.channels.every(({ stepPerMinuteMax }, i) => {
    if (stepPerMinuteMax === null) return true;
    // Exact: a channel's range is at most 2^53 - 1.
    const change = Math.abs((report.values[i] as number) - (neighbour.values[i] as number));
    const allowed = stepPerMinuteMax * minutes;
    return Number.isSafeInteger(allowed) ? change <= allowed : true;
  });
}

/**
 * Whether the cells of the two, at the feed's group resolution, are at most one step more apart than
 * moveCellsPerHourMax allows for the time between them: who stands at a border changes cells without a move.
 * A reading without a cell was made at the registered one. What cannot be measured is plausible.
 */
export function isPlausibleMove(
  feed: FeedDefinition,
  registered: bigint | null,
  pair: { readonly neighbour: AcceptedReading; readonly report: ReportFacts },
): boolean {
  const { groupResolution, moveCellsPerHourMax } = feed;
  const from = pair.neighbour.cell ?? registered;
  const to = pair.report.cell ?? registered;
  if (groupResolution === null || moveCellsPerHourMax === null || from === null || to === null || from === to)
    return true;
  const fromGroup = cellParent(from, groupResolution);
  const toGroup = cellParent(to, groupResolution);
  if (fromGroup === null || toGroup === null) return true;
  const reach = moveCellsPerHourMax * Math.abs(pair.report.observedAt - pair.neighbour.observedAt);
  // Over 2^53 it is more than the way around the world, in cells of any size.
  if (!Number.isSafeInteger(reach)) return true;
  const allowed = (reach - (reach % HOUR_MS)) / HOUR_MS + 1;
  const distance = gridDistance(fromGroup, toGroup);
  if (distance === 'far') return allowed >= leastFarDistance(groupResolution);
  return distance === null || distance <= allowed;
}

/**
 * No two cells of base cells that do not touch are nearer. At their nearest, such base cells are an edge of a base cell
 * apart: sqrt(7^resolution / 3) steps. Half of that leaves room for the ragged borders.
 * @returns the largest d with 12 * d * d <= 7^resolution.
 */
function leastFarDistance(resolution: number): number {
  return Number(squareRoot(7n ** BigInt(resolution) / 12n));
}
