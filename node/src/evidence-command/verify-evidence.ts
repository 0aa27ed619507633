import { verifySignature } from '@cairn/crypto';
import { CairnError } from '@cairn/primitives';
import {
  decodeGenesis,
  EVIDENCE_JSON_LENGTH_MAX,
  type Evidence,
  type EvidenceKind,
  encodeEvidence,
  evidenceId,
  type Genesis,
  networkIdOf,
  readEvidence,
} from '@cairn/protocol';
import { evidenceFault, networkDoor } from '@cairn/replica';
import { frostScheme } from '@cairn/threshold';
import { type CommandIo, commandError, EXIT } from '../commands/command-io.ts';
import { isUrl, readInput } from '../commands/read-input.ts';
import { readGenesisBytes } from '../verify-command/trust-option.ts';

/** Parsed options of `cairn evidence verify`. */
export interface VerifyEvidenceOptions {
  readonly genesis?: string;
  readonly networkId?: string;
  readonly json?: boolean;
}

/** What each kind of evidence proves. */
const DEEDS: Readonly<Record<EvidenceKind, string>> = {
  'double-proposal': 'proposed two blocks in one view',
  'double-prepare': 'voted for two blocks in one view',
  'double-batch': 'sealed two batches under one number',
  'invalid-batch': 'signed a batch with an item that no honest member packs',
  'invalid-share': 'sent a signature share that is not valid for its session',
};

/**
 * Judges one piece of evidence, and says line by line who is convicted of what.
 * @param source path, `-` for stdin, or http(s) address. @returns 0 only if it convicts, 3 otherwise.
 * @throws COMMAND_*, PROTOCOL_* for a genesis document that is none
 */
export async function verifyEvidence(source: string, options: VerifyEvidenceOptions, io: CommandIo): Promise<number> {
  const genesis = await genesisOf(options, source);
  const bytes = await readInput(source, EVIDENCE_JSON_LENGTH_MAX);
  const lines = [`\u2713 network     ${genesis.networkName} ${networkIdOf(genesis)}`];
  const { evidence, fault } = judge(bytes, genesis);
  const isConvicted = evidence !== null && fault === null;
  if (evidence !== null) lines.push(...linesOf(evidence, genesis));
  const name = evidence === null ? 'document' : 'proof';
  lines.push(
    fault === null
      ? '\u2713 proof       signed by the accused, and by no honest member ever'
      : `\u2717 ${name.padEnd(11)} ${fault}`,
  );
  lines.push(
    isConvicted ? `CONVICTED: member ${evidence.member} ${DEEDS[evidence.kind]}` : 'NOT CONVICTED: it proves nothing',
  );
  if (options.json === true) {
    const accused = evidence === null ? null : { member: evidence.member, kind: evidence.kind, id: idOf(evidence) };
    io.out(JSON.stringify({ convicted: isConvicted, networkId: networkIdOf(genesis), ...accused, fault }));
  } else for (const line of lines) io.out(line);
  return isConvicted ? EXIT.done : EXIT.refused;
}

function judge(
  bytes: Uint8Array,
  genesis: Genesis,
): { readonly evidence: Evidence | null; readonly fault: string | null } {
  try {
    const evidence = readEvidence(bytes);
    const door = networkDoor(genesis, { verify: verifySignature, scheme: frostScheme });
    return { evidence, fault: evidenceFault(evidence, door) };
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { evidence: null, fault: `${error.code}: ${error.message}` };
  }
}

function linesOf(evidence: Evidence, genesis: Genesis): string[] {
  const { member, kind, epoch } = evidence;
  const accused = genesis.members[member];
  const where =
    evidence.kind === 'double-batch' || evidence.kind === 'invalid-batch'
      ? `batch number ${evidence.seq}`
      : `height ${evidence.height}, view ${evidence.view}`;
  return [
    `\u2713 document    ${kind}: epoch ${epoch}, ${where}, id ${idOf(evidence)}`,
    accused === undefined
      ? `\u2717 accused     member ${member}, whom the network does not have`
      : `\u2713 accused     member ${member} (${accused.name}), key ${accused.identityKey}`,
  ];
}

function idOf(evidence: Evidence): string {
  return evidenceId(encodeEvidence(evidence));
}

/** With a network id and an address the document comes from there: its hash tells whether it is the right one. */
async function genesisOf({ genesis, networkId }: VerifyEvidenceOptions, source: string): Promise<Genesis> {
  const isFetched = genesis === undefined && networkId !== undefined && isUrl(source);
  const from = isFetched ? new URL('/v1/genesis', source).href : genesis;
  if (from === undefined) {
    const how = 'give --genesis, or --network-id when the evidence comes from an address';
    throw commandError('COMMAND_OPTION_INVALID', `nothing to judge by: ${how}`);
  }
  const document = decodeGenesis(await readGenesisBytes(from));
  if (networkId !== undefined && networkIdOf(document) !== networkId) {
    throw commandError('COMMAND_OPTION_INVALID', 'the genesis document is of another network than --network-id names');
  }
  return document;
}
