import type { Finding } from './finding.ts';
import { PURE_ROOMS } from './floors.ts';
import { importsOf, lineAt, type SourceFile } from './source-tree.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly appliesTo: (file: SourceFile) => boolean;
  readonly remedy: string;
}

const isPure = (file: SourceFile): boolean => PURE_ROOMS.has(file.room) && !file.isTest;
const isSynchronous = (file: SourceFile): boolean => isPure(file) && file.room !== 'device' && file.room !== 'client';
const isHashed = (file: SourceFile): boolean => file.room === 'ledger' && !file.isTest;
const isShipped = (file: SourceFile): boolean => file.room !== '' && file.room !== 'test' && !file.isTest;

const TIME = 'take the time from the input (atMs)';
const HOST = 'leave it to the host: return the fact, the request or the event';

const BANS: readonly Ban[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(/g, appliesTo: isPure, remedy: TIME },
  { pattern: /\bperformance\./g, appliesTo: isPure, remedy: TIME },
  { pattern: /\bMath\.random\b/g, appliesTo: isPure, remedy: 'take an Rng' },
  {
    pattern: /\bgetRandomValues\b|\brandomUUID\b/g,
    appliesTo: (file) => isPure(file) && file.room !== 'crypto',
    remedy: 'take an Rng, or randomness of @cairn/crypto passed in by the host',
  },
  { pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, appliesTo: isPure, remedy: HOST },
  { pattern: /\bconsole\./g, appliesTo: isPure, remedy: HOST },
  { pattern: /\bprocess\./g, appliesTo: isPure, remedy: HOST },
  {
    pattern: /\b(?:await|async|Promise)\b/g,
    appliesTo: isSynchronous,
    remedy: 'ask for work and take its result as a later input',
  },
  {
    pattern: /\bMath\.(?:pow|sqrt|cbrt|exp|log\w*|hypot)\b|\.toFixed\b|\bparseFloat\b/g,
    appliesTo: isHashed,
    remedy: 'no floats in anything hashed: compute with bigint fixed point',
  },
  {
    pattern: /(?<!\d+n\s*)(?<!\*)\*\*(?!\*)/g,
    appliesTo: isHashed,
    remedy: 'raise a bigint literal (10n ** exponent), never a number',
  },
  {
    pattern: /\.toLocale\w*|\blocaleCompare\b/g,
    appliesTo: isShipped,
    remedy: 'compare with < or bytes; a locale differs between machines',
  },
];

/** Names that would make a pure floor depend on its host, or a hashed value on its machine. */
export function checkBannedNames(files: readonly SourceFile[]): Finding[] {
  return files.flatMap((file) => [...bannedNames(file), ...bannedImports(file)]);
}

function bannedNames(file: SourceFile): Finding[] {
  return BANS.filter((ban) => ban.appliesTo(file)).flatMap(({ pattern, remedy }) =>
    [...file.code.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(file.text, match.index),
      message: `${match[0].trim()} does not belong into ${file.room}`,
      remedy,
    })),
  );
}

function bannedImports(file: SourceFile): Finding[] {
  // crypto has one file per host, chosen by import conditions; device has one store for Node, under its own subpath
  const isHostFile = (file.room === 'crypto' || file.room === 'device') && /-node\.ts$/.test(file.path);
  return importsOf(file).flatMap(({ specifier, line }) => {
    if (specifier.startsWith('node:') && isPure(file) && !isHostFile)
      return { path: file.path, line, message: `${specifier} in a pure floor`, remedy: HOST };
    if (specifier === '@cairn/threshold/toy' && !file.isTest && file.room !== 'simulator')
      return { path: file.path, line, message: 'the toy scheme signs nothing', remedy: 'use the real scheme' };
    return [];
  });
}
