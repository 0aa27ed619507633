import type { Finding } from './finding.ts';

const PAGE = 'docs/threats.md';
/** Files of the adversaries' folder that are not an adversary each. */
const SHARED: ReadonlySet<string> = new Set(['behaviour', 'index', 'rogue']);

/**
 * Every adversary of the simulator has a row in the table of docs/threats.md that names a test in its last column, which
 * exists and speaks of it.
 * @param files names of the files in packages/simulator/src/adversaries.
 * @param read the text of a file by its path; null when there is none.
 */
export function checkThreats(text: string, files: readonly string[], read: (path: string) => string | null): Finding[] {
  const rows = text.split('\n').flatMap((line, at) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return cells.length === 6 ? [{ line: at + 1, names: cells[1]?.split(/, ?/) ?? [], shownBy: cells[4] ?? '' }] : [];
  });
  const findings: Finding[] = [];
  for (const file of files) {
    const name = file.replace(/\.ts$/, '');
    if (SHARED.has(name) || name.endsWith('.test')) continue;
    const row = rows.find(({ names }) => names.includes(name));
    if (row === undefined) {
      findings.push({ path: PAGE, line: 0, message: `has no row for ${name}`, remedy: 'say which rule stops it' });
      continue;
    }
    const tests = [...row.shownBy.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1] as string);
    const texts = tests.map((path) => read(path));
    const missing = tests.find((_, at) => texts[at] === null);
    if (missing !== undefined) {
      findings.push({ path: PAGE, line: row.line, message: `${missing} does not exist`, remedy: 'name what is there' });
    } else if (!texts.some((test) => test?.includes(name) === true || isOfForks(name, test))) {
      findings.push({
        path: PAGE,
        line: row.line,
        message: `names no test that speaks of ${name}`,
        remedy: 'write one in packages/simulator/src/adversaries/adversaries.test.ts',
      });
    }
  }
  return findings;
}

/** The coalition is what all fork attacks are made with. */
function isOfForks(name: string, test: string | null | undefined): boolean {
  return name === 'coalition' && test?.includes('FORK_ATTACKS') === true;
}
