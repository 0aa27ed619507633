import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Less than this is what caches with a bound, compiled code and the collector's whims may take. */
const SLACK_BYTES = 32 * 1024 * 1024;
const GROWTH_MAX = 0.5;
/** Fewer say nothing about a trend. */
const MARKS_MIN = 8;

let collect: (() => void) | undefined;

/** @returns bytes in use by this thread after a collection. */
function bytesInUse(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return getHeapStatistics().used_heap_size + process.memoryUsage().arrayBuffers;
}

/** Looks at the heap now and then, and tells growth without end from what settles. */
export class HeapWatch {
  readonly #everyInputs: number;
  readonly #marks: number[] = [];

  /** @param options.marks how often in the whole run; 0: never. */
  constructor(options: { readonly inputs: number; readonly marks: number }) {
    this.#everyInputs = options.marks === 0 ? Number.POSITIVE_INFINITY : Math.ceil(options.inputs / options.marks);
  }

  after(inputs: number): void {
    if (inputs % this.#everyInputs === 0) this.#marks.push(bytesInUse());
  }

  /** Last quarter less the first; 0 before there are enough marks. */
  get growthBytes(): number {
    const [first, , , last] = this.#quarters();
    return first === undefined || last === undefined ? 0 : last - first;
  }

  /** Whether it grew in every quarter, and by much. */
  get isUnbounded(): boolean {
    const quarters = this.#quarters();
    if (quarters.length === 0) return false;
    const isRising = quarters.every((mean, i) => i === 0 || mean > (quarters[i - 1] as number));
    return isRising && this.growthBytes > Math.max(SLACK_BYTES, GROWTH_MAX * (quarters[0] as number));
  }

  #quarters(): number[] {
    if (this.#marks.length < MARKS_MIN) return [];
    const size = Math.floor(this.#marks.length / 4);
    return [0, 1, 2, 3].map((quarter) => {
      const from = quarter * size;
      const marks = this.#marks.slice(from, quarter === 3 ? undefined : from + size);
      return marks.reduce((sum, bytes) => sum + bytes, 0) / marks.length;
    });
  }
}
