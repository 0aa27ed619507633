/** A place in a stream. Events are ordered by height, then position. */
export interface Cursor {
  readonly height: number;
  readonly position: number;
}

/** One event, encoded once for all who listen. */
export interface Frame {
  readonly cursor: Cursor;
  /** What a listener chooses by: an update id or a topic. */
  readonly keys: readonly string[];
  readonly text: string;
}

/** The newest events of a stream, in bounded memory. */
export class FrameRing {
  readonly #framesMax: number;
  #frames: Frame[] = [];
  #floor: Cursor;

  /** @param end the place of the last event before the first push. */
  constructor(options: { readonly framesMax: number; readonly end: Cursor }) {
    this.#framesMax = options.framesMax;
    this.#floor = options.end;
  }

  /** Place of the newest event. */
  get end(): Cursor {
    return this.#frames.at(-1)?.cursor ?? this.#floor;
  }

  /** Events after this place are all here. */
  get floor(): Cursor {
    return this.#floor;
  }

  /** Forgets everything up to `end`. */
  reset(end: Cursor): void {
    this.#frames = [];
    this.#floor = end;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    // cut in halves, so that a push costs little on average
    if (this.#frames.length < 2 * this.#framesMax) return;
    const dropped = this.#frames.splice(0, this.#frames.length - this.#framesMax);
    this.#floor = (dropped.at(-1) as Frame).cursor;
  }

  /** @returns the first event after a place, undefined at the end, and 'gap' when events between are forgotten. */
  after(cursor: Cursor): Frame | undefined | 'gap' {
    if (isBefore(cursor, this.#floor)) return 'gap';
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(cursor, (this.#frames[middle] as Frame).cursor)) high = middle;
      else low = middle + 1;
    }
    return this.#frames[low];
  }
}

export function isBefore(a: Cursor, b: Cursor): boolean {
  return a.height < b.height || (a.height === b.height && a.position < b.position);
}

/** `height-position`: the id of an event, by which a client resumes. */
export function cursorText({ height, position }: Cursor): string {
  return `${height}-${position}`;
}

/** @returns null unless it is what `cursorText` writes. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return match === null ? null : { height: Number(match[1]), position: Number(match[2]) };
}
