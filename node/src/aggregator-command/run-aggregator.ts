import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregatorOptions, loadGenesis, startAggregator } from '@cairn/aggregator';
import { networkIdOf } from '@cairn/protocol';
import { createLogger } from '@cairn/telemetry';
import { commandError, EXIT } from '../commands/command-io.ts';
import type { Progress } from '../commands/progress.ts';
import { endpointOf } from '../config/derived-settings.ts';
import { durationMs } from '../config/duration.ts';
import type { AggregatorSettings } from './aggregator-settings.ts';

export interface RunAggregatorDependencies {
  readonly progress: Progress;
  /** Ends the aggregator. */
  readonly signal: AbortSignal;
}

/** Runs an aggregator until the signal. @returns its exit code. @throws AGGREGATOR_*, STORAGE_*, SOLANA_*, COMMAND_* */
export async function runAggregator(
  settings: AggregatorSettings,
  { progress, signal }: RunAggregatorDependencies,
): Promise<number> {
  if (settings.sources.length === 0) {
    throw commandError('COMMAND_OPTION_INVALID', 'name the nodes to follow: --sources, CAIRN_SOURCES');
  }
  const genesis = await genesisOf(settings);
  const format = settings['log.format'];
  const log = createLogger({
    name: settings.name,
    level: settings['log.level'],
    pretty: format === 'pretty' || (format === 'auto' && process.stderr.isTTY),
  });
  const aggregator = await startAggregator({ genesis, ...aggregatorOptions(settings) }, { log });
  const { url, adminUrl, rpcUrl, feePayerAddress: feePayer, height } = aggregator;
  const facts = { url, adminUrl, rpcUrl, feePayer, networkId: networkIdOf(genesis), height };
  progress.tell('ready', facts, `aggregator of ${genesis.networkName} is ready: ${url}/docs`);
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  await aggregator.stop();
  progress.tell('stopped', { height: aggregator.height }, 'stopped');
  return EXIT.done;
}

async function genesisOf({ data, genesis, networkId, sources }: AggregatorSettings) {
  const inData = join(data, 'genesis.json');
  const file = genesis ?? (existsSync(inData) ? inData : undefined);
  return loadGenesis({
    sources,
    ...(file === undefined ? {} : { file }),
    ...(networkId === null ? {} : { networkId }),
  });
}

function aggregatorOptions(settings: AggregatorSettings): Omit<AggregatorOptions, 'genesis'> {
  const perSecond = settings['http.requestsPerSecond'];
  const rate = perSecond === 0 ? null : { perSecond, burst: 4 * perSecond, clientsMax: 10_000 };
  const admin = settings['metrics.listen'];
  return {
    dataDir: settings.data,
    sources: settings.sources,
    http: { ...endpointOf(settings['http.listen']), bounds: { rate } },
    admin: admin === null ? null : endpointOf(admin),
    anchoring: settings.rpcUrl === 'none' ? null : anchoringOptions(settings),
  };
}

function anchoringOptions(settings: AggregatorSettings): NonNullable<AggregatorOptions['anchoring']> {
  const { rpcUrl, embeddedPort, anchorInterval, airdropLamports, feePayerFile } = settings;
  return {
    rpcUrl,
    embeddedPort,
    intervalMs: durationMs(anchorInterval) ?? 30_000,
    ...(feePayerFile === null ? {} : { feePayerFile }),
    ...(airdropLamports === 0 ? {} : { airdropLamports }),
  };
}
