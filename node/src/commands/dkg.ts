import type { Command } from 'commander';
import type { DraftOptions } from '../init-command/init-options.ts';
import { EXIT, processIo, toExitCode } from './command-io.ts';
import type { DkgOptions } from './dkg-actions.ts';
import { addDraftOptions } from './init.ts';
import { addSettingOptions, settingsOf } from './setting-options.ts';

const HELP = `
All members hold the same draft genesis: their names, identity keys and addresses, the feeds and parameters. Each starts
cairn dkg run; nothing is dealt before all are connected. All of them sign one transcript, or it is aborted and says who
lied or stayed away: exit status 5. An aborted run is repeated by all with --run one higher.`;

const RUN_SETTINGS = ['data', 'draft', 'passphraseFile', 'p2p.listen'] as const;

interface DraftFileOptions extends DraftOptions {
  readonly member: readonly string[];
  readonly out: string;
  readonly json?: boolean;
}

/** Loaded when needed: they bring the network with them. */
const actions = () => import('./dkg-actions.ts');

/** Adds `cairn dkg run`, `dkg status` and `dkg complete`. */
export function dkgCommand(program: Command): void {
  const dkg = program.command('dkg').description('generate the group key together').addHelpText('after', HELP);
  const run = addRunOptions(dkg.command('run').description('take part in the ceremony of a draft'));
  addSettingOptions(run, RUN_SETTINGS).option('--timeout <duration>', 'give up after this long', '10m');
  run.action(async (options: DkgOptions) => {
    const isJson = options.json === true;
    process.exitCode = await toExitCode(processIo, isJson, async () =>
      (await actions()).runDkg(settingsOf(run).settings, options, processIo),
    );
    process.exit();
  });
  const draft = dkg
    .command('draft')
    .description('put the entries of the members together')
    .requiredOption('--member <file...>', 'what cairn init --json printed for each, in their order')
    .requiredOption('--out <file>', 'where the draft is written')
    .option('--json', 'one JSON object on stdout');
  addDraftOptions(draft).action(async (options: DraftFileOptions) => {
    process.exitCode = await toExitCode(processIo, options.json === true, async () => {
      const { writeDraft } = await import('../init-command/write-draft.ts');
      writeDraft({ ...options, networkName: options.networkName ?? process.env.CAIRN_NETWORK_NAME }, processIo);
      return EXIT.done;
    });
  });
  const status = addRunOptions(dkg.command('status').description('how far this member is; needs no passphrase'));
  addSettingOptions(status, ['data', 'draft', 'genesis']).action(async (options: DkgOptions) => {
    const task = async () => (await actions()).tellStatus(settingsOf(status).settings, options, processIo);
    process.exitCode = await toExitCode(processIo, options.json === true, task);
  });
  const complete = addRunOptions(dkg.command('complete'))
    .description('finish with the certificate of another member, when this one missed it')
    .requiredOption('--certificate <file>', 'its ceremony.json');
  addSettingOptions(complete, ['data', 'draft', 'passphraseFile']).action(
    async (options: DkgOptions & { readonly certificate: string }) => {
      const task = async () => (await actions()).completeWith(settingsOf(complete).settings, options, processIo);
      process.exitCode = await toExitCode(processIo, options.json === true, task);
    },
  );
}

function addRunOptions(command: Command): Command {
  return command
    .option('--run <number>', 'attempt over the same draft, equal on all members', '0')
    .option('--rehearsal', 'the key of another network, to practise');
}
