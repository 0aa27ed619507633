import { CEREMONY_STEPS, type DevnetState } from './devnet-state.ts';
import { clock, duration, grouped, short, sparkline } from './format.ts';
import { type Span, type StyledLine, span } from './styled-line.ts';

const LABEL_COLUMNS = 11;
const INDENT = 1;

/** @returns a row that starts with its label. */
export function labelled(label: string, ...spans: readonly Span[]): StyledLine {
  return [span(`${' '.repeat(INDENT)}${label.padEnd(LABEL_COLUMNS)}`, 'label'), ...spans];
}

export function headerLines(state: DevnetState, columns: number): StyledLine[] {
  const left = [span(' ▲ Cairn', 'title'), span(` devnet of ${state.members.length} members`, 'plain')];
  const right = `${phaseText(state)} · up ${duration(state.now - state.startedAt)} `;
  const used = left.reduce((sum, { text }) => sum + text.length, 0);
  const gap = Math.max(2, columns - used - right.length);
  return [[...left, span(' '.repeat(gap)), span(right, state.phase === 'running' ? 'good' : 'warn')], []];
}

function phaseText({ phase }: DevnetState): string {
  if (phase === 'ceremony') return 'making the group key';
  return phase;
}

/** The network's names, its key, where the chain stands, and how many reports pass. */
export function chainLines(state: DevnetState, columns: number): StyledLine[] {
  const digits = columns >= 160 ? 64 : columns >= 110 ? 12 : 6;
  // whole wherever it fits: it is the one thing that a consumer has to copy
  const networkId = columns >= LABEL_COLUMNS + INDENT + 64 ? state.networkId : short(state.networkId ?? '', digits);
  return [
    labelled('network id', span(networkId ?? 'not known before the key', state.networkId === null ? 'faint' : 'value')),
    keyLine(state, digits),
    labelled(
      'chain',
      span('height ', 'faint'),
      span(grouped(state.height), 'value'),
      span('   view ', 'faint'),
      span(String(state.view), state.view > 0 ? 'warn' : 'value'),
      ...blockAge(state),
    ),
    rateLine(state, columns),
  ];
}

function blockAge({ blockTime, now }: DevnetState): Span[] {
  if (blockTime === null) return [span('   no block yet', 'faint')];
  return [span('   last block ', 'faint'), span(`${duration(now - blockTime)} ago`)];
}

function keyLine(state: DevnetState, digits: number): StyledLine {
  if (state.groupKey === null) {
    const done = state.members.filter(({ ceremony }) => ceremony === 'done').length;
    return labelled(
      'group key',
      ...ceremonyDots(state),
      span(`  ${done} of ${state.members.length} members have it`, 'faint'),
    );
  }
  const how = state.isKeyFromEarlierStart
    ? 'from an earlier start'
    : `made together${state.ceremonyMs === null ? '' : ` in ${duration(state.ceremonyMs)}`}`;
  return labelled(
    'group key',
    span(short(state.groupKey, digits)),
    span(`  ${how}, ${state.threshold} of ${state.members.length} sign`, 'faint'),
  );
}

function ceremonyDots({ members }: DevnetState): Span[] {
  return members.map(({ ceremony }) => {
    if (ceremony === 'aborted') return span('✗ ', 'bad');
    const step = CEREMONY_STEPS.indexOf(ceremony);
    return span(`${'○○◔◑◕●'[step] ?? '○'} `, ceremony === 'done' ? 'good' : 'warn');
  });
}

function rateLine(state: DevnetState, columns: number): StyledLine {
  const { reportsPerSecond } = state;
  const recent = reportsPerSecond.slice(-10);
  const rate = recent.length === 0 ? 0 : recent.reduce((sum, count) => sum + count, 0) / recent.length;
  const total = `  ${grouped(state.reports)} certified`;
  const width = Math.max(10, Math.min(RATE_COLUMNS_MAX, columns - 42));
  return labelled(
    'reports',
    span(`${rate.toFixed(1)}/s`.padEnd(8), 'value'),
    span(sparkline(reportsPerSecond, width), 'good'),
    span(total, 'faint'),
  );
}

const RATE_COLUMNS_MAX = 120;

/** On a narrow screen the first line says all that must be said. */
export function anchorLines(state: DevnetState, columns: number): StyledLine[] {
  const { anchor } = state;
  if (anchor === null) return [labelled('anchor', span('none confirmed on Solana yet', 'faint'))];
  const signature = columns >= WHOLE_SIGNATURE_COLUMNS ? anchor.transaction : short(anchor.transaction, 8);
  const first = labelled(
    'anchor',
    span('slot ', 'faint'),
    span(grouped(anchor.slot), 'value'),
    span('  signature ', 'faint'),
    span(signature, 'value'),
    span(`  to height ${grouped(anchor.treeSize - 1)}`, 'faint'),
  );
  const age = duration(state.now - anchor.confirmedAt);
  return [
    first,
    labelled('', span(`seen ${age} ago, ${grouped(state.anchorCount)} on Solana since this start`, 'faint')),
  ];
}

const WHOLE_SIGNATURE_COLUMNS = 145;

export function linkLines({ links }: DevnetState, columns: number): StyledLine[] {
  const width = Math.max(0, ...links.map(({ label }) => label.length)) + 2;
  const texts = links.map(({ label, url }) => [span(label.padEnd(width), 'faint'), span(url, 'accent')]);
  // two of them stand side by side where both fit
  const half = Math.floor((columns - LABEL_COLUMNS - INDENT) / 2);
  const fits = texts.every((spans) => spans.reduce((sum, { text }) => sum + text.length, 0) < half);
  const rows: Span[][] = [];
  for (let i = 0; i < texts.length; i += fits ? 2 : 1) {
    const [first = [], second] = texts.slice(i, i + (fits ? 2 : 1));
    const used = first.reduce((sum, { text }) => sum + text.length, 0);
    rows.push(second === undefined ? first : [...first, span(' '.repeat(half - used)), ...second]);
  }
  return rows.map((spans, index) => labelled(index === 0 ? 'open' : '', ...spans));
}

export function footerLine(state: DevnetState): StyledLine {
  if (state.phase === 'stopping') return [span(' ending every process ...', 'warn')];
  return [span(` ${clock(state.now)} UTC · Ctrl-C ends every process · data stays in ${state.dataDir}`, 'faint')];
}
