import type { WriteStream } from 'node:tty';

const FRAMES_PER_SECOND = 4;
const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}2J`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;
// a terminal that knows synchronised updates shows a frame whole; others ignore it
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Draws frames on the alternate screen, so that what stood in the terminal is there again afterwards. Only rows that
 * changed are written, each over the old one: nothing is cleared first, so nothing flickers.
 */
export class Screen {
  readonly #out: WriteStream;
  readonly #render: (size: ScreenSize) => string;
  readonly #timer: NodeJS.Timeout;
  readonly #redraw = (): void => {
    this.#shown = [];
    this.#out.write(`${ESC}2J`);
    this.draw();
  };
  #shown: readonly string[] = [];
  #isOpen = true;

  constructor(options: { readonly render: (size: ScreenSize) => string }, { out }: { readonly out: WriteStream }) {
    this.#out = out;
    this.#render = options.render;
    out.write(ENTER);
    out.on('resize', this.#redraw);
    this.#timer = setInterval(() => this.draw(), 1000 / FRAMES_PER_SECOND);
    this.draw();
  }

  draw(): void {
    if (!this.#isOpen || this.#out.writableNeedDrain) return;
    const lines = this.#render({ columns: this.#out.columns || 80, rows: this.#out.rows || 24 }).split('\n');
    const changes = changedRows(this.#shown, lines);
    this.#shown = lines;
    if (changes !== '') this.#out.write(`${BEGIN}${changes}${END}`);
  }

  /** Gives the terminal back. More than once is fine, and it works in an `exit` handler. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#timer);
    this.#out.off('resize', this.#redraw);
    this.#out.write(LEAVE);
  }
}

/** @returns what turns the rows `before` into `after`, from any place of the cursor. */
export function changedRows(before: readonly string[], after: readonly string[]): string {
  let out = '';
  for (let row = 0; row < Math.max(before.length, after.length); row++) {
    const line = after[row] ?? '';
    if (line !== before[row]) out += `${ESC}${row + 1};1H${line}${ESC}K`;
  }
  return out;
}
