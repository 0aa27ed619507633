import type { Brand, UnixMs } from '@cairn/primitives';
import {
  type AggregateKind,
  type Attestation,
  type DeviceReport,
  decodeHeader,
  decodeReport,
  type FeedResult,
} from '@cairn/protocol';
import {
  readAttestationJson,
  type TrustRoot,
  type VerificationReport,
  type VerifyOptions,
  verifyAttestation,
} from '@cairn/verify';
import { clientError, VerificationError } from './client-error.ts';
import { decimalText } from './decimal-text.ts';

/** Minted by this package only, after every check held. */
export type Verified<T> = Brand<T, 'Verified'>;

interface VerifiedDocument {
  /** The whole proof: keep it, or hand it on to someone who verifies it again. */
  readonly attestation: Attestation;
  /** Check by check. */
  readonly report: VerificationReport;
  readonly height: number;
  /** Of the block. */
  readonly time: UnixMs;
  /** Under an anchored checkpoint, by the log proof; whether the chain has it, only the chain tells. */
  readonly isAnchored: boolean;
}

/** A result of the network. */
export type VerifiedRound = Verified<VerifiedDocument & { readonly result: FeedResult }>;
/** A report that the network accepted. */
export type VerifiedReport = Verified<VerifiedDocument & { readonly device: DeviceReport }>;

/** @throws CLIENT_VERIFICATION_INVALID, CLIENT_ANSWER_MISMATCH unless of a result */
export function verifiedRound(json: unknown, root: TrustRoot, options: VerifyOptions): VerifiedRound {
  const document = verified(json, root, options);
  const { subject } = document.attestation;
  if (subject.kind !== 'result') throw clientError('CLIENT_ANSWER_MISMATCH', 'a result was asked for, not a report');
  return { ...document, result: subject.result } as VerifiedRound;
}

/** @throws CLIENT_VERIFICATION_INVALID, CLIENT_ANSWER_MISMATCH unless of a report */
export function verifiedReport(json: unknown, root: TrustRoot, options: VerifyOptions): VerifiedReport {
  const document = verified(json, root, options);
  const { subject } = document.attestation;
  if (subject.kind !== 'report') throw clientError('CLIENT_ANSWER_MISMATCH', 'a report was asked for, not a result');
  return { ...document, device: decodeReport(subject.report, root.networkId).report } as VerifiedReport;
}

function verified(json: unknown, root: TrustRoot, options: VerifyOptions): VerifiedDocument {
  let attestation: Attestation;
  try {
    attestation = readAttestationJson(json);
  } catch (error) {
    const detail = (error as Error).message;
    throw new VerificationError({
      verified: false,
      checks: [{ name: 'header', holds: false, code: 'VERIFY_DOCUMENT_MALFORMED', detail }],
    });
  }
  const report = verifyAttestation(attestation, root, options);
  if (!report.verified) throw new VerificationError(report);
  const { height, time } = decodeHeader(attestation.header);
  return { attestation, report, height, time, isAnchored: attestation.anchor !== null };
}

/**
 * One number of a result, as exact decimal text in the channel's unit.
 * @returns undefined when the result has no such channel or aggregate, too few devices, or a number out of range.
 */
export function aggregateText(
  { result }: VerifiedRound,
  of: { readonly channel: string; readonly aggregate: AggregateKind },
): string | undefined {
  const channel = result.channels.find(({ name }) => name === of.channel);
  const aggregate = channel?.aggregates.find(({ kind }) => kind === of.aggregate);
  if (channel === undefined || aggregate?.code !== 'ok') return undefined;
  return decimalText(aggregate.value, of.aggregate === 'count' ? 0 : channel.exponent);
}
