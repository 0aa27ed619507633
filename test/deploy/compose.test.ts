// Goal: the files for containers are sound without an engine. Method: our subset of the Compose schema, then what no schema
// can see: names that must meet across docker-compose.yml, Dockerfile, the scrape configuration and the metrics.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_DEFINITIONS } from '@cairn/telemetry';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { composeSchema } from './compose-schema.ts';
import { interpolate, readCompose, readYaml, root } from './read-compose.ts';

const validate = new Ajv2020({ allErrors: true, strict: false }).compile(composeSchema);
const compose = readCompose();
const services = Object.entries(compose.services);
const members = services.filter(([name]) => /^node-\d+$/.test(name));

function errorsOf(document: unknown): string[] {
  return validate(document)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** docker-compose.yml with one value of node-0 replaced. */
function changed(field: string, value: unknown): unknown {
  const copy = structuredClone(readYaml('docker-compose.yml')) as { services: Record<string, Record<string, unknown>> };
  copy.services['node-0']![field] = value;
  return copy;
}

describe('docker-compose.yml', () => {
  test('holds to the schema', () => expect(errorsOf(readYaml('docker-compose.yml'))).toEqual([]));

  test.each([
    ['ports', ['8080:8080']],
    ['ports', ['0.0.0.0:8080:8080']],
    ['privileged', true],
    ['environment', { CAIRN_PORT: 8080 }],
    ['environment', { SOLANA_KEY: 'x' }],
    ['command', 'run --config'],
    ['cap_drop', []],
    ['healthcheck', { test: 'true' }],
  ])('the schema refuses %s: %j', (field, value) => expect(errorsOf(changed(field, value))).not.toEqual([]));

  test('has four members that differ in name, volume and published port only', () => {
    expect(members.map(([name]) => name)).toEqual(['node-0', 'node-1', 'node-2', 'node-3']);
    const common = members.map(([, { environment, volumes, ports, ...rest }]) => {
      expect(volumes).toHaveLength(1);
      expect(ports).toHaveLength(1);
      return { ...rest, environment: { ...environment, CAIRN_NAME: '' } };
    });
    for (const each of common) expect(each).toEqual(common[0]);
    for (const [name, { environment }] of members) expect(environment?.CAIRN_NAME).toBe(name);
    expect(new Set(members.map(([, { ports }]) => ports![0])).size).toBe(4);
  });

  test('no two services publish one port', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('services, volumes and files that are named exist, and every volume is used', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const other of Object.keys(depends_on))
        expect(compose.services, `${name} depends on ${other}`).toHaveProperty(other);
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));
    const files = sources.filter((source) => source.startsWith('./'));
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
    const named = new Set(sources.filter((source) => !source.startsWith('./')));
    expect([...named].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('the chain is a setting with a default', () => {
    const value = compose.services.aggregator!.environment!.CAIRN_RPC_URL!;
    expect(interpolate(value, {})).toBe('embedded');
    expect(interpolate(value, { CAIRN_RPC_URL: 'http://127.0.0.1:8899' })).toBe('http://127.0.0.1:8899');
  });

  test('the aggregator asks every member, and secrets are named by file only', () => {
    const sources = compose.services.aggregator!.environment!.CAIRN_SOURCES!.split(',');
    expect(sources.map((source) => new URL(source).hostname)).toEqual(members.map(([name]) => name));
    const variables = services.flatMap(([, { environment = {} }]) => Object.keys(environment));
    expect(variables.filter((name) => /SECRET|PASS|KEY|TOKEN|SEED/.test(name) && !name.endsWith('_FILE'))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');
  const instructions = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  test('starts the command line, not as root, on Node 24', () => {
    const entry: string[] = JSON.parse(instructions('ENTRYPOINT')[0]!);
    expect(entry[0]).toBe('node');
    expect(existsSync(join(root, entry[1]!))).toBe(true);
    expect(instructions('USER')).toEqual(['node']);
    for (const from of instructions('FROM')) expect(from).toMatch(/^node:24-/);
  });

  test('copies what exists, and installs with the pinned pnpm', () => {
    const sources = instructions('COPY').flatMap((line) =>
      line.startsWith('--from') ? [] : line.split(' ').slice(0, -1),
    );
    for (const source of sources) expect(existsSync(join(root, source)), source).toBe(true);
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
    for (const run of instructions('RUN').filter((line) => line.includes('pnpm')))
      expect(run).toContain(manifest.packageManager);
    expect(readFileSync(join(root, 'scripts/bootstrap.mjs'), 'utf8')).toContain(manifest.packageManager);
  });

  test('makes the folders that volumes are mounted over, so that they belong to the user', () => {
    const made = instructions('RUN')
      .join(' ')
      .split(' ')
      .filter((word) => word.startsWith('/data'));
    const mounted = services
      .filter(([, { image }]) => image === 'cairn')
      .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[1]!));
    expect([...new Set(mounted)].sort()).toEqual(made.sort());
  });
});

describe('Prometheus', () => {
  interface Scrape {
    readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
  }

  test('scrapes every process where it listens', () => {
    const { scrape_configs } = readYaml('deploy/prometheus.yml') as Scrape;
    const targets = scrape_configs.flatMap((job) => job.static_configs.flatMap((each) => each.targets));
    const listening = services
      .filter(([, { environment }]) => environment?.CAIRN_METRICS_LISTEN !== undefined)
      .map(([name, { environment }]) => `${name}:${environment!.CAIRN_METRICS_LISTEN!.split(':')[1]}`);
    expect([...targets].sort()).toEqual(listening.sort());
  });

  test('alerts name metrics that exist', () => {
    const text = readFileSync(join(root, 'deploy/alerts.yml'), 'utf8');
    const names = [...text.matchAll(/\bcairn_\w+/g)].map((match) => match[0]);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(METRIC_DEFINITIONS).toHaveProperty(name);
  });

  const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
  test.skipIf(!hasPromtool)('promtool accepts configuration and alerts (skipped where it is not installed)', () => {
    const check = spawnSync('promtool', ['check', 'config', join(root, 'deploy/prometheus.yml')], { encoding: 'utf8' });
    expect(check.status, check.stderr + check.stdout).toBe(0);
  });
});
