import type { Finding } from './finding.ts';
import type { SourceFile } from './source-tree.ts';

/** Where metrics are declared. */
const DECLARATIONS = /^packages\/telemetry\/src\/definitions\//;

/** Every declared metric is named by shipped code outside its declaration: a page of metrics promises no empty series. */
export function checkUnsetMetrics(files: readonly SourceFile[]): Finding[] {
  const declaring = files.filter(({ path }) => DECLARATIONS.test(path));
  const using = files.filter(({ path, isTest, room }) => room !== '' && !isTest && !DECLARATIONS.test(path));
  const used = new Set(
    using.flatMap(({ text }) => [...text.matchAll(/['"](cairn_[a-z0-9_]+)['"]/g)].map(([, name]) => name)),
  );
  return declaring.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const name = /^ {2}(cairn_[a-z0-9_]+): \{/.exec(line)?.[1];
      if (name === undefined || used.has(name)) return [];
      return [
        { path, line: index + 1, message: `nobody sets ${name}`, remedy: 'set it, or delete it and run pnpm run docs' },
      ];
    }),
  );
}
