import { CEREMONY_STEPS, type DevnetState, type MemberView, type ResultView } from './devnet-state.ts';
import { bar, clock, grouped, unitText } from './format.ts';
import { labelled } from './frame-chain.ts';
import { pad, type Span, type StyledLine, span } from './styled-line.ts';

/** Who is there and who takes part; while the key is being made, how far each one is. */
export function memberLines(state: DevnetState, columns: number): StyledLine[] {
  const width = Math.min(20, Math.max(8, ...state.members.map(({ name }) => name.length)));
  const barColumns = Math.max(8, Math.min(40, columns - width - 54));
  const title = ` ${pad('member', width)}  ${pad('height', 9, 'right')}  ${pad('took part', barColumns)}       ${pad('peers', 6, 'right')}  ${pad('waiting', 8, 'right')}`;
  return [[span(title, 'label')], ...state.members.map((member) => memberLine(state, member, { width, barColumns }))];
}

interface MemberColumns {
  readonly width: number;
  readonly barColumns: number;
}

function memberLine(state: DevnetState, member: MemberView, { width, barColumns }: MemberColumns): StyledLine {
  const name = span(` ${pad(member.name, width)}  `, 'value');
  const { status } = member;
  if (status === null) return [name, ...ceremonySpans(member)];
  if (status.halted !== null) {
    return [name, span(`${pad(grouped(status.height), 9, 'right')}  `), span(`halted: ${status.halted}`, 'bad')];
  }
  const { present, window } = status.votes;
  const share = window === 0 ? 1 : present / window;
  const style = share >= 0.9 ? 'good' : share >= 0.5 ? 'warn' : 'bad';
  const isAway = member.process !== 'up';
  return [
    name,
    span(`${pad(grouped(status.height), 9, 'right')}  `, isAway ? 'faint' : 'plain'),
    span(bar(present, window, barColumns), isAway ? 'faint' : style),
    span(`${window === 0 ? '     ' : `${Math.round(share * 100)}%`.padStart(5)}  `),
    span(pad(`${status.peersConnected}/${state.members.length - 1}`, 6, 'right')),
    span(`  ${pad(grouped(status.pendingItems), 8, 'right')}`),
    conditionSpan(member),
  ];
}

function conditionSpan({ process, status }: MemberView): Span {
  if (process === 'down') return span('  down', 'bad');
  if (process === 'waiting') return span('  starting', 'warn');
  if (status?.isSyncing) return span('  catching up', 'warn');
  if (status !== null && status.view > 0) return span(`  view ${status.view}`, 'warn');
  return span('');
}

function ceremonySpans({ ceremony, process }: MemberView): Span[] {
  if (process === 'down') return [span('down', 'bad')];
  if (ceremony === 'aborted') return [span('✗ the ceremony was aborted', 'bad')];
  const step = CEREMONY_STEPS.indexOf(ceremony);
  const dots = CEREMONY_STEPS.slice(1)
    .map((_, index) => (index < step ? '●' : '○'))
    .join('');
  if (ceremony === 'done') {
    return [span(dots, 'good'), span(`  has its key share${process === 'up' ? '' : ', starting'}`, 'faint')];
  }
  return [span(dots, 'warn'), span(`  ${ceremony}`, 'faint')];
}

/** The newest result of every feed and group: numbers with units, who they come from, whether they stand on the chain. */
export function resultLines({ results }: DevnetState, columns: number, rowsEach = Infinity): StyledLine[] {
  if (results.length === 0) return [labelled('results', span('the first window is still open', 'faint'))];
  const width = Math.min(24, Math.max(8, ...results.map((result) => seriesName(result).length)));
  const title = span(
    ` ${pad('result', width)}  ${pad('window to', 9)}  ${pad('devices', 7, 'right')}  ${pad('reports', 7, 'right')}  values`,
    'label',
  );
  return [[title], ...results.flatMap((result) => resultRows(result, { width, columns }).slice(0, rowsEach))];
}

function seriesName({ feed, group }: ResultView): string {
  return group === '' ? feed : `${feed}/${group}`;
}

function resultRows(result: ResultView, { width, columns }: { width: number; columns: number }): StyledLine[] {
  const count = (value: number): Span => span(`${pad(grouped(value), 7, 'right')}  `, 'faint');
  const head = [
    span(` ${pad(seriesName(result), width)}  `, 'value'),
    span(`${clock(result.windowEnd)}${result.isAnchored ? '✓' : ' '}  `, result.isAnchored ? 'good' : 'plain'),
    count(result.devices),
    count(result.reports),
  ];
  const indent = head.reduce((sum, { text }) => sum + text.length, 0);
  if (result.status !== 'final') return [[...head, span(result.status, 'warn')]];
  return wrapped(result.readings.map(readingSpans), { first: head, indent, columns });
}

function readingSpans({ channel, unit, value }: ResultView['readings'][number]): Span[] {
  const shown = unitText(unit);
  return [
    span(`${channel} `, 'faint'),
    value === null ? span('none', 'warn') : span(value, 'value'),
    span(`${shown === '' || value === null ? '' : ` ${shown}`}  `, 'faint'),
  ];
}

/** Puts groups of spans side by side and goes on below where the row is full. */
function wrapped(
  groups: readonly Span[][],
  { first, indent, columns }: { first: Span[]; indent: number; columns: number },
): StyledLine[] {
  const rows: Span[][] = [first];
  let used = indent;
  for (const group of groups) {
    const width = group.reduce((sum, { text }) => sum + text.length, 0);
    if (used + width - 2 > columns && used > indent) {
      rows.push([span(' '.repeat(indent))]);
      used = indent;
    }
    rows.at(-1)?.push(...group);
    used += width;
  }
  return rows;
}

/** What the processes warned of, the newest last. */
export function logLines({ warnings }: DevnetState): StyledLine[] {
  return warnings.map(({ at, source, text }) => [
    span(` ${clock(at)} `, 'faint'),
    span(`${pad(source, 10)} `, 'warn'),
    span(text),
  ]);
}
