import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { importsOf, relativeStringsOf, type SourceFile } from './source-tree.ts';

/**
 * Files that nobody uses. A shipped file must be used by shipped code or named in a package.json; a file used only by its
 * own test is dead. Files for tests may be used by anything.
 * @param manifests the text of every package.json, by its path.
 */
export function checkUnreferenced(files: readonly SourceFile[], manifests: ReadonlyMap<string, string>): Finding[] {
  const named = namedInManifests(manifests);
  const byShipped = referencesOf(files.filter((file) => !file.isTest));
  const byAny = referencesOf(files);
  return files
    .filter((file) => file.room !== '' && !isProgram(file) && !named.has(file.path))
    .filter((file) => !(file.isTest ? byAny : byShipped).has(file.path))
    .map(({ path }) => ({
      path,
      line: 0,
      message: 'nobody uses this file',
      remedy: 'export it from index.ts, use it, name it in package.json, or delete it',
    }));
}

/** Tests, benchmarks, and what is started by hand with arguments. */
function isProgram(file: SourceFile): boolean {
  return /\.(?:test|bench)\.ts$/.test(file.path) || (file.isTest && /\bprocess\.argv\b/.test(file.code));
}

function referencesOf(files: readonly SourceFile[]): Set<string> {
  return new Set(
    files.flatMap((file) =>
      [...importsOf(file), ...relativeStringsOf(file)].map(({ specifier }) =>
        posix.join(posix.dirname(file.path), specifier),
      ),
    ),
  );
}

/** Every path to a source that a package.json names: exports, bin and scripts. */
function namedInManifests(manifests: ReadonlyMap<string, string>): Set<string> {
  return new Set(
    [...manifests].flatMap(([path, text]) =>
      [...text.matchAll(/[\w./-]+\.ts/g)].map((match) => posix.join(posix.dirname(path), match[0])),
    ),
  );
}
