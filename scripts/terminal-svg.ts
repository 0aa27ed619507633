/**
 * Makes the pictures under docs/images: a terminal screen with its colours, from stdin, as SVG on stdout.
 *
 *     tmux capture-pane -e -p -t devnet | node scripts/terminal-svg.ts [title] > docs/images/devnet.svg
 */
const COLUMN = 8.4;
const ROW = 18;
const MARGIN = 16;
const BAR = 28;
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  36: '#56d4dd',
  90: '#8b949e',
};
const PLAIN = '#d0d7de';
const ESC = '\u001b[';
const SEQUENCE = new RegExp(`(${ESC.replace('[', '\\[')}[\\d;]*m)`, 'g');

interface Look {
  readonly fill: string;
  readonly isBold: boolean;
}

const title = process.argv[2] ?? 'npm start';
const screen = (await new Response(process.stdin as never).text()).replace(/\s+$/, '').split('\n');
process.stdout.write(svg(screen));

function svg(lines: readonly string[]): string {
  const columns = Math.max(80, ...lines.map((line) => line.replaceAll(SEQUENCE, '').length));
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const height = lines.length * ROW + 2 * MARGIN + BAR;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${MARGIN + 4 + index * 18}" cy="${BAR / 2 + 3}" r="5.5" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>A terminal: ${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...dots,
    `<text x="${width / 2}" y="${BAR / 2 + 7}" fill="#8b949e" text-anchor="middle" font-family="sans-serif" font-size="12">${escaped(title)}</text>`,
    `<g font-family="'DejaVu Sans Mono','SF Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">`,
    ...lines.flatMap((line, row) => rowOf(line, MARGIN + BAR + row * ROW + 12)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Viewers fold ordinary spaces at the ends of a run, and the columns with them. */
const NO_BREAK_SPACE = '\u00a0';

/** One text element for each run of one look, at the column where it starts: no font can shift what follows. */
function rowOf(line: string, y: number): string[] {
  let look: Look = { fill: PLAIN, isBold: false };
  let column = 0;
  const out: string[] = [];
  for (const part of line.split(SEQUENCE)) {
    if (part.startsWith(ESC)) {
      look = nextLook(look, part);
      continue;
    }
    for (const piece of part.split(/( {2,})/)) {
      if (piece.trim() !== '') out.push(textOf(piece, { x: MARGIN + column * COLUMN, y, look }));
      column += piece.length;
    }
  }
  return out;
}

function nextLook(look: Look, sequence: string): Look {
  let next = look;
  for (const code of sequence.slice(2, -1).split(';').map(Number)) {
    if (code === 0) next = { fill: PLAIN, isBold: false };
    else if (code === 1) next = { ...next, isBold: true };
    else if (code === 22) next = { ...next, isBold: false };
    else if (code === 39) next = { ...next, fill: PLAIN };
    else next = { ...next, fill: COLOURS[code] ?? next.fill };
  }
  return next;
}

function textOf(text: string, { x, y, look }: { x: number; y: number; look: Look }): string {
  const bold = look.isBold ? ' font-weight="bold"' : '';
  const length = (text.length * COLUMN).toFixed(1);
  return `<text x="${x.toFixed(1)}" y="${y}" textLength="${length}" fill="${look.fill}"${bold}>${escaped(text).replaceAll(' ', NO_BREAK_SPACE)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
