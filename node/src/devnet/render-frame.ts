import type { DevnetState } from './devnet-state.ts';
import { anchorLines, chainLines, footerLine, headerLines, linkLines } from './frame-chain.ts';
import { logLines, memberLines, resultLines } from './frame-tables.ts';
import { paintLine, type StyledLine } from './styled-line.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

const BLANK: StyledLine = [];
/** From here on there is room for blank lines and every link. */
const ROOMY_ROWS = 30;
const COMPACT_LINK_ROWS = 2;
/** The tables never get fewer rows than these, titles included, as long as the screen has them. */
const TABLE_ROWS_MIN = { members: 2, results: 2, log: 1 } as const;

/**
 * Pure: one state gives one frame. Rows are joined by newlines, at most `rows` of them, none wider than `columns`.
 * Written for 80 x 24; a larger screen shows more members, results and log lines, a smaller one drops from the bottom.
 */
export function renderFrame(state: DevnetState, options: FrameOptions): string {
  const { columns, rows, color } = options;
  const isCompact = rows < ROOMY_ROWS;
  const head = [...headerLines(state, columns), ...chainLines(state, columns)];
  const links = linkLines(state, columns);
  const tail = isCompact
    ? [...anchorLines(state, columns).slice(0, 1), ...links.slice(0, COMPACT_LINK_ROWS)]
    : [...anchorLines(state, columns), BLANK, ...links, BLANK];
  const members = memberLines(state, columns);
  const log = logLines(state);
  // three blank lines between the blocks, one footer
  const room = rows - head.length - tail.length - 4;
  const rowsFor = (shown: readonly StyledLine[]): Rows =>
    shareRows(room, { members: members.length, results: shown.length, log: log.length });
  const whole = resultLines(state, columns);
  // every feed gets its first line before any gets its second
  const results = rowsFor(whole).results < whole.length ? resultLines(state, columns, 1) : whole;
  const share = rowsFor(results);
  const frame = [
    ...head,
    BLANK,
    ...clipped(members, share.members, 'members'),
    BLANK,
    ...clipped(results, share.results, 'result lines'),
    BLANK,
    ...tail,
    // the newest lines are at the end
    ...(share.log > 0 ? log.slice(-share.log) : []),
  ];
  while (frame.length < rows - 1) frame.push(BLANK);
  const shown = [...frame.slice(0, Math.max(0, rows - 1)), footerLine(state)].slice(0, rows);
  return shown.map((line) => paintLine(line, { columns, color })).join('\n');
}

interface Rows {
  readonly members: number;
  readonly results: number;
  readonly log: number;
}

/** Members come first, then results; the log takes what is left, and everyone gets the least first. */
function shareRows(room: number, wanted: Rows): Rows {
  const least = (name: keyof Rows): number => Math.min(wanted[name], TABLE_ROWS_MIN[name]);
  let spare = Math.max(0, room - least('members') - least('results') - least('log'));
  const take = (name: keyof Rows): number => {
    const more = Math.min(spare, wanted[name] - least(name));
    spare -= more;
    return least(name) + more;
  };
  const members = take('members');
  const results = take('results');
  return { members, results, log: least('log') + spare };
}

/** Says how many rows are not shown, instead of hiding them. */
function clipped(lines: readonly StyledLine[], rows: number, what: string): readonly StyledLine[] {
  if (lines.length <= rows) return lines;
  const hidden = lines.length - rows + 1;
  return [...lines.slice(0, Math.max(0, rows - 1)), [{ text: `  … ${hidden} more ${what}`, style: 'faint' }]];
}
