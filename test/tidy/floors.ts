import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { importsOf, type Reference, type SourceFile } from './source-tree.ts';

/** docs: architecture, "the house". A room imports only from rooms that stand in an earlier row. */
const ROWS = [
  ['primitives'],
  ['crypto'],
  ['merkle'],
  ['protocol'],
  ['consensus', 'threshold', 'ledger', 'verify'],
  ['replica', 'device', 'client'],
  ['network', 'storage', 'solana', 'http', 'telemetry', 'explorer'],
  ['simulator'],
  ['aggregator'],
  ['node'],
  ['test'],
] as const;

/** Floors 0 to 3: no Node modules, clock, random source or timer. */
export const PURE_ROOMS: ReadonlySet<string> = new Set(ROWS.slice(0, 6).flat());

const heights = new Map<string, number>(ROWS.flatMap((row, height) => row.map((room) => [room, height] as const)));

/** @returns the row of a room, counted from the ground; undefined for a room the house does not know. */
export function heightOf(room: string): number | undefined {
  return heights.get(room);
}

/** Imports go strictly down; tests may also look sideways and into the testing subpaths of others. */
export function checkFloors(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => file.room !== '')
    .flatMap((file) => importsOf(file).flatMap((reference) => checkImport(file, reference) ?? []));
}

function checkImport(file: SourceFile, { specifier, line }: Reference): Finding | undefined {
  const finding = (message: string, remedy: string): Finding => ({ path: file.path, line, message, remedy });
  const own = heightOf(file.room);
  if (own === undefined)
    return finding(
      `the room ${file.room} is on no floor`,
      'give it a row in test/tidy/floors.ts and in the architecture',
    );
  if (specifier.startsWith('.')) return leavesRoom(file, specifier) ? finding(...leaving(specifier)) : undefined;
  if (!specifier.startsWith('@cairn/')) return undefined;
  const [, room = '', subpath] = specifier.split('/');
  const target = heightOf(room);
  if (target === undefined) return finding(`${specifier} is on no floor`, 'import a room that exists');
  if (room === file.room) return finding(`${specifier} is this very room`, 'import the file by its relative path');
  const isAllowed = target < own || (file.isTest && (target === own || subpath === 'testing'));
  if (isAllowed) return undefined;
  return finding(
    `${file.room} may not import ${specifier}: imports go strictly down`,
    'move what both need to a lower floor, or pass it in from above',
  );
}

function leaving(specifier: string): [string, string] {
  return [`${specifier} leaves the room`, 'import another room by its name, @cairn/<room>'];
}

function leavesRoom(file: SourceFile, specifier: string): boolean {
  // test/ checks the whole tree, its scripts included
  if (file.room === 'test') return false;
  const home = file.path.startsWith('packages/') ? `packages/${file.room}/` : `${file.room}/`;
  return !posix.join(posix.dirname(file.path), specifier).startsWith(home);
}
