import { wipe } from '@cairn/crypto';
import { CairnError, fromUtf8 } from '@cairn/primitives';
import { CHECKPOINT_BYTES_MAX, networkIdOf } from '@cairn/protocol';
import type { Logger } from '@cairn/telemetry';
import type { Command } from 'commander';
import { defaultCryptoThreads, endpointOf } from '../config/derived-settings.ts';
import { durationMs } from '../config/duration.ts';
import { MemberFiles, memberIndexOf } from '../config/member-files.ts';
import type { Settings } from '../config/settings.ts';
import type { NodeOptions } from '../host/start-node.ts';
import { VERSION } from '../version.ts';
import { EXIT, processIo, toExitCode } from './command-io.ts';
import { createProgress, type Progress } from './progress.ts';
import { readInput } from './read-input.ts';
import { addSettingOptions, type SettingOptions, settingsOf } from './setting-options.ts';
import { stopSignal } from './stop-signal.ts';

const HELP = `
Without a genesis document but with a draft, the members first generate the group key together (see cairn dkg).
With --json stdout carries one object a line: {event: "ready", url, ...}, "block", "stopped".
Logs go to stderr. SIGTERM or Ctrl-C stops the member when everything is written; a second one at once.`;

/** Members of one network are started by different people. */
const CEREMONY_TIMEOUT_MS = 24 * 3_600_000;

/** Adds `cairn run`. */
export function runCommand(program: Command): void {
  const command = program
    .command('run')
    .description('run a committee member')
    .option('--accept-old-data', 'start though others hold newer votes of this member: the newest directory is lost')
    .addHelpText('after', HELP);
  addSettingOptions(command).action(async (options: SettingOptions & { readonly acceptOldData?: boolean }) => {
    const acceptsOldData = options.acceptOldData === true;
    const isJson = options.json === true;
    const progress = createProgress(processIo, isJson);
    process.exitCode = await toExitCode(processIo, isJson, () =>
      run(settingsOf(command).settings, acceptsOldData, progress),
    );
    // A library may keep a timer or a socket for a while after all is closed.
    process.exit();
  });
}

async function run(settings: Settings, acceptsOldData: boolean, progress: Progress): Promise<number> {
  const stop = stopSignal();
  const files = new MemberFiles(settings);
  const passphrase = files.readPassphrase();
  const identity = files.openIdentity(passphrase);
  const ceremony = async () => {
    const { performCeremony } = await import('../ceremony/perform-ceremony.ts');
    const network = { listen: settings['p2p.listen'], peerAddresses: settings['p2p.peers'] };
    const attempt = { run: settings['dkg.run'], isRehearsal: false, timeoutMs: CEREMONY_TIMEOUT_MS };
    return performCeremony({ ...network, ...attempt }, { files, identity, passphrase, progress, signal: stop });
  };
  const genesis = files.hasGenesis() || !files.hasDraft() ? files.readGenesis() : await ceremony();
  const self = memberIndexOf(genesis.members, identity.publicKey);
  if (stop.aborted) return EXIT.done;
  const keyShare = files.openShare(genesis, self, passphrase);
  const { createLogger } = await import('@cairn/telemetry');
  const isPretty = settings['log.format'] === 'pretty' || (settings['log.format'] === 'auto' && process.stderr.isTTY);
  const name = settings.name ?? genesis.members[self]?.name ?? `member-${self}`;
  const log = createLogger({ level: settings['log.level'], name, pretty: isPretty });
  const starting = { ...nodeOptions(settings, files), acceptsOldData, genesis, self };
  const secretSeed = identity.secretSeed;
  await beginOn(starting, settings.snapshotCheckpoint, { identitySeed: secretSeed, log, progress, signal: stop });
  if (stop.aborted) return EXIT.done;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const { startNode } = await import('../host/start-node.ts');
  const node = await startNode(starting, {
    identitySeed: identity.secretSeed,
    keyShare,
    log,
    onFailure: failure.reject,
  });
  wipe(identity.secretSeed);
  wipe(keyShare.secretShare);
  const { url, addresses } = node;
  const facts = {
    url,
    addresses,
    member: self,
    name,
    networkId: networkIdOf(genesis),
    height: node.view.position.height,
  };
  progress.tell('ready', facts, `member ${self} (${name}) is ready: ${url}`);
  node.view.onCommit((commit) => progress.tell('block', { ...commit }, null));
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  try {
    if (!stop.aborted) await Promise.race([stopped, failure.promise]);
  } catch (error) {
    // Whatever failed, nothing more may be sent; the reason is said once, below.
    if (error instanceof CairnError) throw error;
    log.error('the node cannot go on', { err: error });
    return EXIT.failed;
  } finally {
    await node.stop();
  }
  progress.tell('stopped', { height: node.view.position.height }, 'stopped');
  return EXIT.done;
}

/** Fills an empty directory from a snapshot, when a checkpoint is named. */
async function beginOn(
  options: NodeOptions,
  checkpointFile: string | null,
  by: {
    readonly identitySeed: Uint8Array;
    readonly log: Logger;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  if (checkpointFile === null) return;
  const checkpoint = async () => fromUtf8(await readInput(checkpointFile, CHECKPOINT_BYTES_MAX, 'text/plain'));
  const [{ beginFromSnapshot }, { membersOf }] = await Promise.all([
    import('../host/begin-from-snapshot.ts'),
    import('../host/start-node.ts'),
  ]);
  const height = await beginFromSnapshot(
    { ...options, members: membersOf(options), checkpoint },
    {
      ...by,
      onProgress: ({ height: of, chunks, chunkCount }) =>
        by.progress.tell(
          'snapshot',
          { height: of, chunks, chunkCount },
          `snapshot of block ${of}: ${chunks} of ${chunkCount} chunks`,
        ),
    },
  );
  if (height === null && !by.signal.aborted)
    by.log.info('there are blocks in the data directory: the checkpoint is not used');
  if (height !== null) by.log.info('began with a snapshot', { height });
}

function nodeOptions(settings: Settings, files: MemberFiles): Omit<NodeOptions, 'genesis' | 'self'> {
  const rate = settings['http.requestsPerSecond'];
  return {
    dataDir: files.dataDir,
    listen: settings['p2p.listen'],
    peerAddresses: settings['p2p.peers'],
    http: {
      ...endpointOf(settings['http.listen']),
      bounds: { rate: rate === 0 ? null : { perSecond: rate, burst: 4 * rate, clientsMax: 10_000 } },
    },
    metrics: settings['metrics.listen'] === null ? null : endpointOf(settings['metrics.listen']),
    packIntervalMs: durationMs(settings.batchInterval) ?? 100,
    cryptoThreads: settings.cryptoThreads === 0 ? defaultCryptoThreads() : settings.cryptoThreads,
    version: VERSION,
  };
}
