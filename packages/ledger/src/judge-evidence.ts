import {
  BLOCK_EVIDENCE_MAX,
  EVIDENCE_EPOCHS,
  type Evidence,
  epochOfHeight,
  evidenceSlot,
  type ReceiptCode,
} from '@cairn/protocol';
import type { BlockDraft } from './block-draft.ts';

/**
 * "One item per (member, kind, height) counts; it expires after two epochs" (protocol section 5.6). That the evidence
 * convicts was checked at the door: an item that does not makes its whole batch invalid.
 */
export function executeEvidence(draft: BlockDraft, evidence: Evidence): ReceiptCode {
  const epoch = epochOfHeight(draft.height, draft.state.genesis.parameters.epochBlocks);
  if (evidence.epoch > epoch || evidence.epoch + EVIDENCE_EPOCHS < epoch) return 'stale';
  const slot = `${evidence.epoch}/${evidenceSlot(evidence)}`;
  if (draft.state.evidence.has(slot) || draft.evidence.has(slot)) return 'duplicate';
  if (draft.evidence.size >= BLOCK_EVIDENCE_MAX) return 'limit-exceeded';
  draft.evidence.set(slot, evidence.epoch);
  return 'accepted';
}
