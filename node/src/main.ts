import { Command } from 'commander';
import { dkgCommand } from './commands/dkg.ts';
import { runCommand } from './commands/run.ts';
import { verifyCommand } from './commands/verify.ts';
import { VERSION } from './version.ts';

const program = new Command('cairn')
  .description('a decentralized oracle network for physical infrastructure')
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
dkgCommand(program);
runCommand(program);
verifyCommand(program);
await program.parseAsync();
