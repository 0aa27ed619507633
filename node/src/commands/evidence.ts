import type { Command } from 'commander';
import { type ListEvidenceOptions, listEvidence } from '../evidence-command/list-evidence.ts';
import { type VerifyEvidenceOptions, verifyEvidence } from '../evidence-command/verify-evidence.ts';
import { processIo, toExitCode } from './command-io.ts';

const HELP = `
Evidence stands by itself: two messages that its accused signed and no honest member signs, or a share that is invalid.
Nothing but the genesis document is needed to judge it; whoever serves it need not be trusted.

Examples:
  cairn evidence list http://127.0.0.1:8090
  cairn evidence verify evidence.json --genesis genesis.cbor
  cairn evidence verify http://127.0.0.1:8090/v1/evidence/ID --network-id HEX

Exit status of verify: 0 it convicts, 2 the command line cannot be followed, 3 it does not convict.`;

/** Adds `cairn evidence` to the program. */
export function evidenceCommand(program: Command): void {
  const command = program
    .command('evidence')
    .description('proven misbehaviour of members: list it, judge it')
    .addHelpText('after', HELP);
  command
    .command('verify')
    .description('say who is convicted of what, offline')
    .argument('<source>', 'file (JSON or CBOR), - for stdin, or http(s) address')
    .option('--genesis <file>', 'genesis document of the network, file or address')
    .option('--network-id <hex>', 'the network that you trust: the SHA-256 of its genesis document')
    .option('--json', 'one JSON object on stdout')
    .action(async (source: string, options: VerifyEvidenceOptions) => {
      const run = () => verifyEvidence(source, options, processIo);
      process.exitCode = await toExitCode(processIo, options.json === true, run);
    });
  command
    .command('list')
    .description('what the chain has accepted, the newest first, as a node or aggregator tells it')
    .argument('<url>', 'address of a node or an aggregator')
    .option('--limit <count>', 'at most so many', '50')
    .option('--json', 'one JSON object on stdout')
    .action(async (url: string, options: ListEvidenceOptions) => {
      const run = () => listEvidence(url, options, processIo);
      process.exitCode = await toExitCode(processIo, options.json === true, run);
    });
}
