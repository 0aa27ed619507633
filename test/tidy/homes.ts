import type { Finding } from './finding.ts';
import { importsOf, type SourceFile } from './source-tree.ts';

/** Where a third-party world may be seen. `tests` adds the tests and benchmarks of every room. */
interface Home {
  readonly packages: RegExp;
  readonly rooms: readonly string[];
  readonly tests: boolean;
}

const HOMES: readonly Home[] = [
  {
    packages: /^(?:libp2p|multiformats|uint8arraylist|it-[\w-]+|@libp2p\/.+|@chainsafe\/libp2p-.+|@multiformats\/.+)$/,
    rooms: ['network'],
    tests: false,
  },
  { packages: /^@solana\//, rooms: ['solana'], tests: false },
  { packages: /^(?:fastify|typebox|@fastify\/.+)$/, rooms: ['http'], tests: false },
  { packages: /^(?:prom-client|pino)$/, rooms: ['telemetry'], tests: false },
  { packages: /^node:sqlite$/, rooms: ['storage'], tests: false },
  { packages: /^(?:sodium-native|@noble\/(?:ed25519|hashes|curves))$/, rooms: ['crypto'], tests: true },
  { packages: /^cborg$/, rooms: ['protocol'], tests: true },
  { packages: /^(?:commander|yaml)$/, rooms: ['node'], tests: false },
  { packages: /^(?:vitest|fast-check|ajv|esbuild|h3-js)$/, rooms: [], tests: true },
];

/** Third-party packages live in one place each (architecture, "the house"); test/ may import any of them. */
export function checkHomes(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => file.room !== '' && file.room !== 'test')
    .flatMap((file) => importsOf(file).map(({ specifier, line }) => ({ file, line, name: packageOf(specifier) })))
    .flatMap(({ file, line, name }) => checkHome(file, line, name) ?? []);
}

function checkHome(file: SourceFile, line: number, name: string | undefined): Finding | undefined {
  if (name === undefined) return undefined;
  const home = HOMES.find(({ packages }) => packages.test(name));
  if (home === undefined) {
    // other modules of Node are no third party; which floors may use them is the business of the banned names
    if (name.startsWith('node:')) return undefined;
    return { path: file.path, line, message: `${name} has no home`, remedy: 'name its room in test/tidy/homes.ts' };
  }
  if (home.rooms.includes(file.room) || (home.tests && file.isTest)) return undefined;
  const where = home.rooms.length > 0 ? home.rooms.map((room) => `@cairn/${room}`).join(', ') : 'tests';
  return { path: file.path, line, message: `${name} lives in ${where} only`, remedy: `use what ${where} offers` };
}

/** @returns the package of a bare specifier; undefined for relative paths and our own rooms. */
function packageOf(specifier: string): string | undefined {
  // a name with # is the room's own, chosen by import conditions
  if (/^(?:\.|#|@cairn\/)/.test(specifier)) return undefined;
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
