import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ComposeFile } from './compose-schema.ts';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @returns a YAML file of the repository as plain values, merge keys resolved. */
export function readYaml(path: string): unknown {
  return parse(readFileSync(join(root, path), 'utf8'), { merge: true });
}

/** @returns docker-compose.yml; its shape is checked by compose.test.ts. */
export function readCompose(): ComposeFile {
  return readYaml('docker-compose.yml') as ComposeFile;
}

/** @returns `text` with `${NAME:-default}` filled from `environment`, as Compose does it. */
export function interpolate(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(
    /\$\{([A-Z0-9_]+)(?::-([^}]*))?\}/g,
    (_, name: string, fallback = '') => environment[name] || fallback,
  );
}
