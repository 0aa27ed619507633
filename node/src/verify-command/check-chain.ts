import { CairnError } from '@cairn/primitives';
import type { Attestation, AttestationAnchor } from '@cairn/protocol';
import { type AnchorFacts, verifyAnchor } from '@cairn/solana';
import { type Check, type TrustRoot, type VerificationReport, withChainCheck } from '@cairn/verify';

/** Asks the chain behind `rpcUrl` whether the anchored checkpoint stands where the attestation says. */
export async function withChainAsked(
  report: VerificationReport,
  attestation: Attestation,
  asked: { readonly rpcUrl: string; readonly root: TrustRoot },
): Promise<VerificationReport> {
  const { anchor } = attestation;
  if (anchor === null) {
    const detail = 'the attestation is not anchored: fetch it again later';
    return withChainCheck(report, { holds: false, code: 'VERIFY_ANCHOR_MISSING', detail });
  }
  return withChainCheck(report, await askChain(anchor, asked.rpcUrl, asked.root));
}

async function askChain(anchor: AttestationAnchor, rpcUrl: string, root: TrustRoot): Promise<Omit<Check, 'name'>> {
  const { transaction, chain, checkpoint: note } = anchor;
  try {
    return judge(anchor, await verifyAnchor({ transaction, chain, note, groupKey: root.groupKey, rpcUrl }));
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { holds: false, code: error.code, detail: error.message };
  }
}

function judge(anchor: AttestationAnchor, facts: AnchorFacts): Omit<Check, 'name'> {
  const isSlot = facts.slot === anchor.slot;
  const isTime = anchor.blockTime === null || facts.blockTime === null || facts.blockTime === anchor.blockTime;
  if (!isSlot || !isTime) {
    const detail = `the chain has it at slot ${facts.slot}, not ${anchor.slot} as claimed, or at another time`;
    return { holds: false, code: 'VERIFY_ANCHOR_MISMATCH', detail };
  }
  const when = facts.blockTime === null ? '' : `, ${new Date(facts.blockTime).toISOString()}`;
  const by = facts.isVerifiedOnChain ? 'verified on the chain' : 'noted on the chain';
  return { holds: true, detail: `${by} at slot ${facts.slot}${when}, transaction ${facts.transaction}` };
}
