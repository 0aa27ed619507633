import type { Finding } from './finding.ts';
import { lineAt, type SourceFile } from './source-tree.ts';

/** Every code that is thrown as a literal stands in a table, so that docs/errors.md has its remedy. */
export function checkThrownCodes(files: readonly SourceFile[], known: ReadonlySet<string>): Finding[] {
  return files
    .filter((file) => file.room !== '' && file.room !== 'test' && !file.isTest)
    .flatMap((file) =>
      [...file.text.matchAll(/\bnew \w*Error(?:<[^()]*>)?\(\s*['"]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)['"]/g)]
        .filter((match) => !known.has(match[1]!))
        .map((match) => ({
          path: file.path,
          line: lineAt(file.text, match.index),
          message: `${match[1]} is in no table`,
          remedy: `list it with meaning and remedy in src/errors.ts of ${file.room}, then pnpm run docs`,
        })),
    );
}
