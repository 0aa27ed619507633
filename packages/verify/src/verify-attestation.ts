import type { Attestation, BlockHeader } from '@cairn/protocol';
import { checkAnchor } from './check-anchor.ts';
import { checkHeader, checkInclusion, checkNetwork, checkSignature } from './check-chain-of-proof.ts';
import { checkFreshness, checkSubject, type FreshnessOptions } from './check-subject.ts';
import { type Trust, TrustRoot } from './trust-root.ts';
import { type CheckName, notChecked, reportOf, type VerificationReport } from './verification-report.ts';

/** Nothing here can skip a check of a signature or a proof; `freshness` is the only one that must be asked for. */
export type VerifyOptions = FreshnessOptions;

const REQUIRED: readonly CheckName[] = ['network', 'signature', 'header', 'inclusion', 'subject'];

/**
 * Checks an attestation from the trusted key down to its leaf: subject -> inclusion proof -> header -> checkpoint ->
 * group signature, and, where it is anchored, header -> log proof -> anchored checkpoint -> group signature.
 * Chain, slot, time and transaction of an anchor are claims until a reader of that chain has confirmed them.
 * @param attestation read by `readAttestation`, so within its bounds.
 * @returns all checks in order, with a reason each; never throws for what the attestation holds.
 * @throws VERIFY_TRUST_INVALID, VERIFY_TRUST_MISMATCH, VERIFY_OPTIONS_INVALID: the caller's own input.
 * @source protocol section 8
 */
export function verifyAttestation(
  attestation: Attestation,
  trust: Trust | TrustRoot,
  options: VerifyOptions = {},
): VerificationReport {
  const root = TrustRoot.of(trust);
  const signature = checkSignature(attestation, root);
  const header = checkHeader(attestation, root, signature.checkpoint);
  const subject = checkSubject(attestation, root);
  return reportOf(
    [
      checkNetwork(attestation, root),
      signature.check,
      header.check,
      withHeader(header.header, 'inclusion', (known) => checkInclusion(attestation, known)),
      subject.check,
      checkFreshness({ header: header.header, observedAt: subject.observedAt }, options),
      withHeader(header.header, 'anchor', (known) => checkAnchor(attestation, root, known)),
      notChecked('chain', attestation.anchor === null ? 'not anchored yet' : 'the chain was not asked'),
    ],
    REQUIRED,
  );
}

function withHeader<T>(header: BlockHeader | undefined, name: CheckName, check: (header: BlockHeader) => T) {
  return header === undefined ? notChecked(name, 'the header cannot be read') : check(header);
}
