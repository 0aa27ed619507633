import type { Finding } from './finding.ts';
import { lineAt } from './source-tree.ts';

const PATTERNS = [
  {
    // a path that starts at the top of somebody's machine, not the tail of another path or address
    pattern: /(?<![\w.:/~*)}\]-])\/(?:work|root|home)\/[\w.]/g,
    remedy: 'name the path from the top of the repository, or take it from the environment',
  },
  {
    pattern: /\bregistry\.[a-z-]+\.(?:org|com|net|io|dev)\b|\bnpmmirror\b|\bpkgs?\.[a-z-]+\.(?:internal|local)\b/g,
    remedy: 'name no registry: every machine has its own',
  },
];

/** What belongs to one machine and not to the project: absolute paths and registry hosts. */
export function checkMachineNames(path: string, text: string): Finding[] {
  return PATTERNS.flatMap(({ pattern, remedy }) =>
    [...text.matchAll(pattern)].map((match) => ({
      path,
      line: lineAt(text, match.index),
      message: `${match[0]} is of one machine`,
      remedy,
    })),
  );
}
