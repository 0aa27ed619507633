import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../node/src/testing/free-ports.ts';
import { NodeProcess } from '../fixtures/node-process.ts';
import type { ComposeFile, ComposeService } from './compose-schema.ts';
import { interpolate } from './read-compose.ts';

const P2P_PORT = 4001;

/**
 * The services of a compose file as processes of this machine: the same commands with the same environment, where volumes
 * are folders, and `service:port` and `0.0.0.0:port` are free ports of 127.0.0.1.
 */
export class ComposeWorld {
  readonly root = mkdtempSync(join(tmpdir(), 'cairn-compose-'));
  readonly #compose: ComposeFile;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #processes: NodeProcess[] = [];

  private constructor(compose: ComposeFile, ports: ReadonlyMap<string, number>) {
    this.#compose = compose;
    this.#ports = ports;
    for (const volume of Object.keys(compose.volumes)) mkdirSync(this.volume(volume), { recursive: true });
    for (const [name, { volumes = [] }] of Object.entries(compose.services)) {
      for (const [volume, mount] of volumes.map((each) => each.split(':') as [string, string])) {
        const path = join(this.#rootOf(name), mount);
        mkdirSync(dirname(path), { recursive: true });
        if (!volume.startsWith('.')) symlinkSync(this.volume(volume), path);
      }
    }
  }

  static async create(compose: ComposeFile): Promise<ComposeWorld> {
    const listening = Object.entries(compose.services).flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([variable]) => variable.endsWith('_LISTEN'))
        .map(([, value]) => `${name}:${portOf(value)}`),
    );
    const free = await freePorts(listening.length);
    return new ComposeWorld(compose, new Map(listening.map((place, i) => [place, free[i] as number])));
  }

  volume(name: string): string {
    return join(this.root, 'volumes', name);
  }

  /** Where a port of a service is on this machine. */
  url(service: string, port: number): string {
    return `http://127.0.0.1:${this.#port(service, port)}`;
  }

  /** Starts a service as its container would. */
  start(name: string): NodeProcess {
    const service = this.#compose.services[name] as ComposeService;
    const here = (text: string) => this.#translated(name, interpolate(text, {}));
    const environment = Object.entries(service.environment ?? {}).map(([key, value]) => [key, here(value)] as const);
    const child = new NodeProcess((service.command ?? []).map(here), Object.fromEntries(environment));
    this.#processes.push(child);
    return child;
  }

  /** What the name service of the containers does: each member learns where the others are. */
  nameMembers(members: readonly string[]): void {
    const peers = Object.fromEntries(
      members.map((name) => [name, [`/ip4/127.0.0.1/tcp/${this.#port(name, P2P_PORT)}`]] as const),
    );
    for (const name of members) {
      const file = join(this.volume(name), 'node.yaml');
      const { p2p, ...rest } = parse(readFileSync(file, 'utf8'));
      writeFileSync(file, stringify({ ...rest, p2p: { ...p2p, peers } }));
    }
  }

  /** Ends what was started here, in good order, and removes the folders. @returns the exit codes. */
  async end(): Promise<readonly (number | null)[]> {
    const codes = await Promise.all(this.#processes.map((child) => child.stop('SIGTERM')));
    rmSync(this.root, { recursive: true, force: true });
    return codes;
  }

  /** For a test that failed half-way. */
  async kill(): Promise<void> {
    await Promise.all(this.#processes.map((child) => child.stop('SIGKILL')));
    rmSync(this.root, { recursive: true, force: true });
  }

  #translated(service: string, text: string): string {
    const mounted = (this.#compose.services[service]?.volumes ?? []).map((each) => each.split(':')[1] as string);
    const isPath = mounted.some((mount) => `${mount}/`.startsWith(`${text}/`) || text.startsWith(`${mount}/`));
    if (isPath) return join(this.#rootOf(service), text);
    const names = Object.keys(this.#compose.services).join('|');
    return text
      .replace(/\/ip4\/0\.0\.0\.0\/tcp\/(\d+)/, (_, port) => `/ip4/127.0.0.1/tcp/${this.#port(service, port)}`)
      .replace(/0\.0\.0\.0:(\d+)/, (_, port) => `127.0.0.1:${this.#port(service, port)}`)
      .replace(new RegExp(`\\b(${names}):(\\d+)`, 'g'), (_, name, port) => `127.0.0.1:${this.#port(name, port)}`);
  }

  #port(service: string, port: number | string): number {
    const found = this.#ports.get(`${service}:${port}`);
    if (found === undefined) throw new Error(`${service} does not listen on ${port}`);
    return found;
  }

  #rootOf(service: string): string {
    return join(this.root, 'containers', service);
  }
}

/** Of `host:port` or a multiaddr. */
function portOf(listen: string): string {
  return /(\d+)$/.exec(listen)?.[1] ?? '';
}
