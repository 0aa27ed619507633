import { hasCode } from '@cairn/primitives';
import { type Attestation, attestationToJson } from '@cairn/protocol';
import { ATTESTATION_JSON_LENGTH_MAX, readAttestation, verifyAttestation } from '@cairn/verify';
import { type CommandIo, commandError, EXIT } from '../commands/command-io.ts';
import { readInput } from '../commands/read-input.ts';
import { withChainAsked } from './check-chain.ts';
import { formatReport } from './format-report.ts';
import { type TrustOptions, trustOf } from './trust-option.ts';

/** Parsed options of `cairn verify`. */
export interface RunVerifyOptions extends TrustOptions {
  /** RPC URL of the chain to ask. */
  readonly anchor?: string;
  /** Seconds. */
  readonly maxAge?: string;
  readonly json?: boolean;
}

/**
 * Verifies one attestation and says line by line what holds.
 * @param source path, `-` for stdin, or http(s) address. @returns 0 only if verified, 3 otherwise.
 * @throws COMMAND_*, VERIFY_TRUST_*
 */
export async function runVerify(source: string, options: RunVerifyOptions, io: CommandIo): Promise<number> {
  const freshness = freshnessOf(options.maxAge);
  const root = await trustOf(options, source);
  const attestation = readDocument(await readInput(source, ATTESTATION_JSON_LENGTH_MAX), options, io);
  if (attestation === undefined) return EXIT.refused;
  const offline = verifyAttestation(attestation, root, freshness);
  const { anchor: rpcUrl } = options;
  const report = rpcUrl === undefined ? offline : await withChainAsked(offline, attestation, { rpcUrl, root });
  if (options.json) {
    const { networkId, groupKey } = root;
    // What did not verify is not repeated: nobody shall read values out of a refusal.
    const subject = report.verified ? attestationToJson(attestation).subject : null;
    io.out(JSON.stringify({ verified: report.verified, networkId, groupKey, checks: report.checks, subject }));
  } else formatReport(report, attestation).forEach(io.out);
  return report.verified ? EXIT.done : EXIT.refused;
}

function freshnessOf(maxAge: string | undefined) {
  if (maxAge === undefined) return {};
  const seconds = Number(maxAge);
  if (!(seconds >= 0)) throw commandError('COMMAND_OPTION_INVALID', '--max-age is a number of seconds');
  return { nowMs: Date.now(), maxAgeMs: seconds * 1000 };
}

function readDocument(bytes: Uint8Array, { json }: RunVerifyOptions, io: CommandIo): Attestation | undefined {
  try {
    return readAttestation(bytes);
  } catch (error) {
    if (!hasCode(error, 'VERIFY_DOCUMENT_MALFORMED') && !hasCode(error, 'VERIFY_DOCUMENT_EXCEEDED')) throw error;
    const { code, message: detail } = error;
    if (json) io.out(JSON.stringify({ verified: false, checks: [{ name: 'document', holds: false, code, detail }] }));
    else io.out(`\u2717 document    ${code}: ${detail}\nNOT VERIFIED: do not use it`);
    return undefined;
  }
}
