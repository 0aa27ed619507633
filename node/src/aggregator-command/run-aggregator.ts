import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregatorOptions, awaitGenesis, loadGenesis, startAggregator } from '@cairn/aggregator';
import { type Genesis, genesisDraftFromValue, genesisToJson, networkIdOf } from '@cairn/protocol';
import { createLogger } from '@cairn/telemetry';
import { commandError, EXIT } from '../commands/command-io.ts';
import type { Progress } from '../commands/progress.ts';
import { endpointOf } from '../config/derived-settings.ts';
import { durationMs } from '../config/duration.ts';
import { writeFileOnce } from '../config/write-file.ts';
import { readDocumentFile } from '../init-command/make-draft.ts';
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
  const genesis = await genesisOf(settings, { progress, signal });
  if (genesis === null) return EXIT.done;
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

async function genesisOf(
  { data, genesis, draft, networkId, sources }: AggregatorSettings,
  { progress, signal }: RunAggregatorDependencies,
): Promise<Genesis | null> {
  const inData = join(data, 'genesis.json');
  const file = genesis ?? (existsSync(inData) ? inData : undefined);
  const draftFile = draft ?? join(data, 'draft.json');
  if (file === undefined && networkId === null && (draft !== null || existsSync(draftFile))) {
    const learned = await learnGenesis(draftFile, sources, { progress, signal });
    // kept: from now on it is this network and no other
    if (learned !== null) writeFileOnce(inData, genesisToJson(learned));
    return learned;
  }
  return loadGenesis({
    sources,
    ...(file === undefined ? {} : { file }),
    ...(networkId === null ? {} : { networkId }),
  });
}

/** @returns null when the signal came first. */
async function learnGenesis(
  draftFile: string,
  sources: readonly string[],
  { progress, signal }: RunAggregatorDependencies,
): Promise<Genesis | null> {
  const draft = genesisDraftFromValue(readDocumentFile(draftFile));
  const names = draft.members.map(({ name }) => name);
  progress.tell('waiting', { members: names }, `waiting for the first block of ${names.join(', ')}`);
  let before = '';
  const onWaiting = (reasons: readonly string[]) => {
    const now = reasons.join('; ');
    if (now !== before) progress.tell('waiting', { reasons }, `still waiting: ${now}`);
    before = now;
  };
  try {
    return await awaitGenesis({ draft, sources }, { signal, onWaiting });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
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
