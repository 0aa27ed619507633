const BARS = '▁▂▃▄▅▆▇█';

/** @returns one bar per count, the newest last, the highest full; a second without reports is the lowest bar. */
export function sparkline(counts: readonly number[], width: number): string {
  const shown = counts.slice(-width);
  const top = Math.max(1, ...shown);
  return shown
    .map((count) => BARS[count <= 0 ? 0 : Math.max(1, Math.round((count / top) * (BARS.length - 1)))])
    .join('')
    .padStart(width);
}

/** @returns `present` of `window` as a bar of `width` columns. */
export function bar(present: number, window: number, width: number): string {
  if (window <= 0) return '·'.repeat(width);
  const full = Math.round((present / window) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** @returns digits in groups of three: 12 345. */
export function grouped(count: number): string {
  return String(Math.trunc(count)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** @returns the decimal text of value * 10^exponent, exact: (421, -3) is 0.421. Whole numbers are grouped. */
export function scaled(value: bigint, exponent: number): string {
  if (exponent >= 0) return groupedText(String(value * 10n ** BigInt(exponent)));
  const digits = String(value < 0n ? -value : value).padStart(1 - exponent, '0');
  const whole = groupedText(digits.slice(0, exponent));
  return `${value < 0n ? '-' : ''}${whole}.${digits.slice(exponent)}`;
}

function groupedText(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** UCUM codes as people write them. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: '°C',
  '[degF]': '°F',
  'ug/m3': 'µg/m³',
  '1': '',
  By: 'B',
  'By/s': 'B/s',
};

/** @returns a unit for people; what is not known stays as it is. */
export function unitText(ucum: string): string {
  return UNITS[ucum] ?? ucum;
}

/** @returns the first and last digits of an id. */
export function short(id: string, digits = 6): string {
  return id.length <= digits * 2 + 1 ? id : `${id.slice(0, digits)}…${id.slice(-digits)}`;
}

/** @returns 4.2 s, 3 min 05 s, 2 h 07 min, 3 d 4 h. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(Math.floor(seconds % 60))} s`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** @returns HH:MM:SS of the day, UTC. */
export function clock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
