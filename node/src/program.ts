import { Command } from 'commander';
import { aggregatorCommand } from './commands/aggregator.ts';
import { configCommand } from './commands/config.ts';
import { deviceCommand } from './commands/device.ts';
import { devnetCommand } from './commands/devnet.ts';
import { dkgCommand } from './commands/dkg.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { initCommand } from './commands/init.ts';
import { keysCommand } from './commands/keys.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import { VERSION } from './version.ts';

const HELP = `
Exit status: 0 done, 1 failed, 2 command line or configuration, 3 the answer is no, 4 keys or data on disk, 5 key ceremony.
Errors say their code and what to do; docs/errors.md lists all of them.`;

const program = new Command('cairn')
  .description('a decentralized oracle network for physical infrastructure')
  .version(VERSION)
  .configureOutput({
    outputError: (text, write) => write(text.replace(/^error: (.*)/, 'cairn: $1 (COMMAND_OPTION_INVALID)')),
  })
  .showHelpAfterError('  remedy: see --help, of the command too: cairn COMMAND --help')
  .addHelpText('after', HELP);
// Subcommands take it over: whatever commander refuses is a mistake on the command line.
program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
for (const add of [
  initCommand,
  dkgCommand,
  runCommand,
  statusCommand,
  keysCommand,
  configCommand,
  devnetCommand,
  aggregatorCommand,
  deviceCommand,
  verifyCommand,
  evidenceCommand,
]) {
  add(program);
}
await program.parseAsync();
