import type { Command } from 'commander';
import type { RunVerifyOptions } from '../verify-command/run-verify.ts';
import { processIo, toExitCode } from './command-io.ts';

const HELP = `
What is checked, each on its line (\u2713 holds, \u2717 fails, \u2013 not checked):
  network, signature, header, inclusion, subject, freshness (--max-age), anchor (the log proof), chain (--anchor).
No option skips a signature. The group key inside the document is never the one that judges.

Examples:
  cairn verify attestation.json --network-id HEX --group-key HEX
  cairn verify attestation.cbor --genesis genesis.cbor
  cairn verify http://127.0.0.1:8090/v1/feeds/air/rounds/latest --network-id HEX --anchor http://127.0.0.1:8899

Exit status: 0 verified, 1 failed before there was an answer, 2 the command line cannot be followed, 3 not verified.`;

/** Adds \`cairn verify\` to the program. */
export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .description('verify an attestation, offline, from the trusted network down to the reading')
    .argument('<source>', 'file (JSON or CBOR), - for stdin, or http(s) address')
    .option('--network-id <hex>', 'the network that you trust')
    .option('--group-key <hex>', 'its group key; not needed with --genesis, nor for an address')
    .option('--genesis <file>', 'its genesis document, whose hash is the network id')
    .option('--max-age <seconds>', 'refuse what is older')
    .option('--anchor <rpc-url>', 'ask this Solana RPC whether the anchor stands on its chain')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', HELP)
    .action(async (source: string, options: RunVerifyOptions) => {
      const run = async () => {
        const { runVerify } = await import('../verify-command/run-verify.ts');
        return runVerify(source, options, processIo);
      };
      process.exitCode = await toExitCode(processIo, options.json === true, run);
    });
}
