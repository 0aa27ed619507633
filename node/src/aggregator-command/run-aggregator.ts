import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregatorOptions, loadGenesis, startAggregator } from '@cairn/aggregator';
import { networkIdOf } from '@cairn/protocol';
import { createLogger, type LogLevel } from '@cairn/telemetry';
import { type CommandIo, commandError, EXIT } from '../commands/command-io.ts';
import type { AggregatorSettings } from './aggregator-settings.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export interface RunAggregatorOptions {
  readonly settings: AggregatorSettings;
  readonly json: boolean;
  /** Ends the aggregator. */
  readonly signal: AbortSignal;
}

/** Runs an aggregator until the signal. @returns its exit code. @throws AGGREGATOR_*, STORAGE_*, SOLANA_*, COMMAND_* */
export async function runAggregator({ settings, json, signal }: RunAggregatorOptions, io: CommandIo): Promise<number> {
  const genesis = await genesisOf(settings);
  const format = settings['log.format'];
  const log = createLogger({
    name: settings.name,
    level: settings['log.level'] as LogLevel,
    pretty: format === 'pretty' || (format === 'auto' && process.stderr.isTTY),
  });
  const aggregator = await startAggregator({ genesis, ...aggregatorOptions(settings) }, { log });
  const { url, adminUrl, rpcUrl, feePayerAddress, height } = aggregator;
  const networkId = networkIdOf(genesis);
  const facts = { url, adminUrl, rpcUrl, feePayer: feePayerAddress, networkId, height };
  if (json) io.out(JSON.stringify({ event: 'ready', ...facts }));
  else io.say(`aggregator of ${genesis.networkName} is ready: ${url}/docs`);
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  await aggregator.stop();
  if (json) io.out(JSON.stringify({ event: 'stopped', height: aggregator.height }));
  else io.say('stopped');
  return EXIT.done;
}

async function genesisOf(settings: AggregatorSettings) {
  const { data, genesis, networkId } = settings;
  const inData = join(data, 'genesis.json');
  const file = genesis ?? (existsSync(inData) ? inData : undefined);
  return loadGenesis({
    sources: sourcesOf(settings),
    ...(file === undefined ? {} : { file }),
    ...(networkId === null ? {} : { networkId }),
  });
}

function aggregatorOptions(settings: AggregatorSettings): Omit<AggregatorOptions, 'genesis'> {
  const perSecond = Number(settings['http.requestsPerSecond']);
  const rate = perSecond === 0 ? null : { perSecond, burst: 4 * perSecond, clientsMax: 10_000 };
  const { rpcUrl, feePayer, airdropLamports } = settings;
  const airdrop = airdropLamports === '0' ? {} : { airdropLamports: Number(airdropLamports) };
  const admin = settings['metrics.listen'];
  return {
    dataDir: settings.data,
    sources: sourcesOf(settings),
    http: { ...endpointOf(settings['http.listen']), bounds: { rate } },
    admin: admin === null ? null : endpointOf(admin),
    anchoring:
      rpcUrl === 'none'
        ? null
        : {
            rpcUrl,
            embeddedPort: Number(settings.embeddedPort),
            intervalMs: durationMs(settings.anchorInterval),
            ...(feePayer === null ? {} : { feePayerFile: feePayer }),
            ...airdrop,
          },
  };
}

function sourcesOf({ sources }: AggregatorSettings): readonly string[] {
  if (sources === null)
    throw commandError('COMMAND_OPTION_INVALID', 'name the nodes to follow: --sources, CAIRN_SOURCES');
  return sources.split(',').map((url) => url.trim());
}

function endpointOf(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function durationMs(text: string): number {
  const [, digits = '0', unit = 'ms'] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  return Number(digits) * (UNITS_MS[unit] ?? 1);
}
