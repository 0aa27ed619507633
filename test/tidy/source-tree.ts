import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blank } from './blank.ts';

/** The top of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** From the top of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** `text` without comments and the insides of strings, at the same offsets. */
  readonly code: string;
  /** `crypto` for packages/crypto, `node`, `aggregator`, `test`; empty for what stands at the top. */
  readonly room: string;
  /** Tests, benchmarks and what only they use. */
  readonly isTest: boolean;
}

export interface Reference {
  readonly specifier: string;
  readonly line: number;
}

/** @returns every file that git tracks or would track, from the top. */
export function listFiles(): string[] {
  const listing = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const paths = listing.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  return [...new Set(paths)].sort();
}

/** @returns the TypeScript sources of the house, read and scanned. */
export function readSources(): SourceFile[] {
  return listFiles()
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

/** @returns the file as the rules see it. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blank(text), room: roomOf(path), isTest: isTest(path) };
}

/** @returns the specifiers of all static, type, dynamic and re-exporting imports. */
export function importsOf(file: SourceFile): Reference[] {
  return matches(file, /(?<![.\w$])(?:from|import|import\s*\()\s*(['"])( *)\1/dg, 2);
}

/** @returns every relative path that stands in a string, such as workers named by `new URL('./worker.ts', ...)`. */
export function relativeStringsOf(file: SourceFile): Reference[] {
  return matches(file, /(['"])( +)\1/dg, 2).filter(({ specifier }) => /^\.{1,2}\//.test(specifier));
}

/** @returns the line of `offset`, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function matches(file: SourceFile, pattern: RegExp, group: number): Reference[] {
  return [...file.code.matchAll(pattern)].map((match) => {
    const [start, end] = match.indices![group]!;
    return { specifier: file.text.slice(start, end), line: lineAt(file.text, start) };
  });
}

function roomOf(path: string): string {
  const [first, second] = path.split('/');
  if (first === 'packages') return second ?? '';
  return path.includes('/') && ['node', 'aggregator', 'test'].includes(first!) ? first! : '';
}

function isTest(path: string): boolean {
  return (
    /\.(?:test|bench)\.ts$/.test(path) ||
    /(?:^test|\/bench|\/test|\/testing)\//.test(path) ||
    /\/testing\.ts$/.test(path)
  );
}
