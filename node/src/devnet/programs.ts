import { fileURLToPath } from 'node:url';
import { type DevnetData, memberName, p2pAddress } from './devnet-data.ts';
import type { DevnetPorts } from './ports.ts';
import type { ChildSpec } from './process-group.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const CHAIN = fileURLToPath(import.meta.resolve('@cairn/solana/local-chain-process'));

/** Where the processes of one start are, and how each of them is started. */
export interface ProgramContext {
  readonly data: DevnetData;
  readonly ports: DevnetPorts;
}

/** Everything here is loopback. */
export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Writes what a member is told by its operator. The ports are chosen anew at each start, so are the peers' addresses. */
export function configureMember({ data, ports }: ProgramContext, index: number, http: object = {}): void {
  const peers = ports.p2p.map((port, other) => [memberName(other), [p2pAddress(port)]] as const);
  const config = {
    schemaVersion: 1,
    name: memberName(index),
    p2p: {
      listen: [p2pAddress(ports.p2p[index] as number)],
      peers: Object.fromEntries(peers.filter((_, other) => other !== index)),
    },
    http: { listen: `127.0.0.1:${ports.http[index]}`, ...http },
    log: { level: 'info', format: 'json' },
  };
  // JSON is YAML
  data.write(`${JSON.stringify(config, null, 2)}\n`, memberName(index), 'node.yaml');
}

export function memberSpec({ data }: ProgramContext, index: number, command: readonly string[]): ChildSpec {
  const name = memberName(index);
  return { name, args: [MAIN, ...command, '--data', data.memberDir(index), '--json'], logPath: data.logPath(name) };
}

export function chainSpec({ data, ports }: ProgramContext): ChildSpec {
  const args = [CHAIN, '--port', String(ports.chainRpc), '--ws-port', String(ports.chainWs)];
  return { name: 'chain', args, logPath: data.logPath('chain') };
}

/** @param anchorInterval a duration such as 5s. */
export function aggregatorSpec(
  context: ProgramContext,
  about: { networkId: string; anchorInterval: string },
): ChildSpec {
  const { data, ports } = context;
  const env = {
    CAIRN_NAME: 'aggregator',
    CAIRN_DATA: data.path('aggregator'),
    CAIRN_SOURCES: ports.http.map(localUrl).join(','),
    CAIRN_GENESIS: data.path(memberName(0), 'genesis.json'),
    CAIRN_NETWORK_ID: about.networkId,
    CAIRN_HTTP_LISTEN: `127.0.0.1:${ports.aggregator}`,
    CAIRN_RPC_URL: localUrl(ports.chainRpc),
    CAIRN_ANCHOR_INTERVAL: about.anchorInterval,
    // the chain is our own, and money on it is free
    CAIRN_AIRDROP_LAMPORTS: '900000000',
    CAIRN_LOG_FORMAT: 'json',
  };
  return { name: 'aggregator', args: [MAIN, 'aggregator', '--json'], env, logPath: data.logPath('aggregator') };
}

export interface DeviceProgram {
  readonly name: string;
  readonly feed: string;
  readonly networkId: string;
  /** Arguments that say where the readings come from. */
  readonly source: readonly string[];
}

/** Every device knows all members as gateways, each starts with another one. */
export function deviceSpec({ data, ports }: ProgramContext, device: DeviceProgram, index: number): ChildSpec {
  const urls = ports.http.map(localUrl);
  const first = index % urls.length;
  const gateways = [...urls.slice(first), ...urls.slice(0, first)].join(',');
  const common = [
    '--gateway',
    gateways,
    '--network-id',
    device.networkId,
    '--data',
    data.path('devices', device.name),
    '--json',
  ];
  const args = [MAIN, 'device', ...device.source, '--feed', device.feed, ...common];
  return { name: device.name, args, logPath: data.logPath(device.name) };
}

export function verifySpec(
  { data, ports }: ProgramContext,
  about: { file: string; networkId: string; groupKey: string },
): ChildSpec {
  const trust = ['--network-id', about.networkId, '--group-key', about.groupKey];
  const args = [MAIN, 'verify', about.file, ...trust, '--anchor', localUrl(ports.chainRpc), '--json'];
  return { name: 'verify', args, logPath: data.logPath('verify') };
}
