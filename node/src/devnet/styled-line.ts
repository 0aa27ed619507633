/** How a piece of a line looks. */
export type Style = 'title' | 'label' | 'value' | 'good' | 'warn' | 'bad' | 'faint' | 'accent' | 'plain';

export interface Span {
  readonly text: string;
  readonly style: Style;
}
/** One row of the screen. */
export type StyledLine = readonly Span[];

const CODES: Readonly<Record<Style, string>> = {
  title: '1;36',
  label: '36',
  value: '1',
  good: '32',
  warn: '33',
  bad: '1;31',
  faint: '90',
  accent: '34',
  plain: '',
};

/** Characters that take no column or two: one mark stands for each, so that columns can be counted. */
const UNCOUNTABLE =
  /\p{C}|\p{M}|\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu;

export function span(text: string, style: Style = 'plain'): Span {
  return { text: text.replace(UNCOUNTABLE, '?'), style };
}

/** @returns `text` in exactly `width` columns; what does not fit ends in an ellipsis. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  if (text.length > width) return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
  return side === 'left' ? text.padEnd(width) : text.padStart(width);
}

/** @returns the line in at most `columns` columns, with escape codes when it has colours. */
export function paintLine(line: StyledLine, options: { readonly columns: number; readonly color: boolean }): string {
  let left = options.columns;
  let out = '';
  const width = line.reduce((sum, { text }) => sum + text.length, 0);
  for (const { text, style } of line) {
    if (left <= 0) break;
    const isCut = text.length > left || (text.length === left && width > options.columns);
    const shown = isCut ? `${text.slice(0, left - 1)}…` : text;
    left -= shown.length;
    const code = CODES[style];
    out += options.color && code !== '' && shown !== '' ? `\u001b[${code}m${shown}\u001b[0m` : shown;
    if (isCut) break;
  }
  return out.replace(/ +$/, '');
}
