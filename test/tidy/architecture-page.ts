import type { Finding } from './finding.ts';
import { lineAt } from './source-tree.ts';

const PAGE = 'docs/ARCHITECTURE.md';
/** Paths of the page: in backticks or as the target of a link, starting at the top of the repository. */
const PATHS = /(?:`|\]\()((?:\.\.?\/)?(?:packages|node|aggregator|test|docs|scripts|deploy|adr|protocol)\/[\w./*-]*)/g;

/** The page names every package in backticks, and every path that it names exists. */
export function checkArchitecture(
  text: string,
  packages: readonly string[],
  exists: (path: string) => boolean,
): Finding[] {
  const missing = packages
    .filter((name) => !new RegExp(`\`(?:packages/|@cairn/)?${name}/?\``).test(text))
    .map((name) => ({ path: PAGE, line: 0, message: `does not name \`${name}\``, remedy: 'say what it is for' }));
  return [...missing, ...checkNamedPaths(PAGE, text, exists)];
}

/** Every path that a page below docs/ names exists. */
export function checkNamedPaths(page: string, text: string, exists: (path: string) => boolean): Finding[] {
  return [...text.matchAll(PATHS)]
    .map((match) => ({ path: match[1]!, line: lineAt(text, match.index) }))
    .filter(({ path }) => !path.includes('*') && !candidates(path).some(exists))
    .map(({ path, line }) => ({ path: page, line, message: `${path} does not exist`, remedy: 'name what is there' }));
}

/** A link is relative to docs/, a name in backticks to the top. */
function candidates(path: string): string[] {
  return path.startsWith('.') ? [path.replace(/^\.\.\//, '').replace(/^\.\//, 'docs/')] : [path, `docs/${path}`];
}
