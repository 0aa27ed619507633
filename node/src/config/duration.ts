const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Reads `100ms`, `5s`, `2m`, `1h`, `7d`. @returns milliseconds, or undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, digits, unit] = PATTERN.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const value = Number(digits) * (UNITS_MS[unit] as number);
  return Number.isSafeInteger(value) ? value : undefined;
}
