/** One broken rule of the house: where it is and what to do about it. */
export interface Finding {
  readonly path: string;
  /** Counted from 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

/** @returns one line per finding, as editors and terminals can follow it; empty when there is nothing to mend. */
export function report(findings: readonly Finding[]): string {
  return findings
    .map(({ path, line, message, remedy }) => `${path}${line ? `:${line}` : ''} ${message}\n    remedy: ${remedy}`)
    .join('\n');
}
