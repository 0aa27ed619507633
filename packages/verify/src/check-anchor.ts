import { verifyInclusion } from '@cairn/merkle';
import {
  type Attestation,
  type AttestationAnchor,
  type BlockHeader,
  type CheckpointNote,
  decodeCheckpointNote,
  verifyCheckpointNote,
} from '@cairn/protocol';
import type { TrustRoot } from './trust-root.ts';
import { type Check, fails, guarded, holds, notChecked } from './verification-report.ts';

/** Is the header a leaf of the tree whose checkpoint was anchored? Whether it was, only the chain tells. */
export function checkAnchor(attestation: Attestation, root: TrustRoot, header: BlockHeader): Check {
  const { anchor } = attestation;
  if (anchor === null) return notChecked('anchor', 'not anchored yet');
  return guarded('anchor', 'VERIFY_ANCHOR_MALFORMED', () => {
    const note = decodeCheckpointNote(anchor.checkpoint);
    return checkNote(note, attestation, root) ?? checkLogProof(note, anchor, { header, bytes: attestation.header });
  });
}

function checkNote(note: CheckpointNote, attestation: Attestation, root: TrustRoot): Check | undefined {
  const { networkId, networkName } = note.checkpoint;
  if (networkId !== root.networkId || networkName !== attestation.networkName) {
    return fails('anchor', 'VERIFY_ANCHOR_MISMATCH', `the anchored checkpoint is of ${networkName} ${networkId}`);
  }
  if (!verifyCheckpointNote(note, root.groupKey)) {
    return fails('anchor', 'VERIFY_ANCHOR_SIGNATURE_INVALID', 'the group did not sign the anchored checkpoint');
  }
  return undefined;
}

function checkLogProof(
  note: CheckpointNote,
  anchor: AttestationAnchor,
  { header, bytes }: { readonly header: BlockHeader; readonly bytes: Uint8Array },
): Check {
  const { treeSize, root } = note.checkpoint;
  const { index, size, path } = anchor.proof;
  if (size !== treeSize || index !== header.height) {
    return fails('anchor', 'VERIFY_ANCHOR_MISMATCH', `proof of leaf ${index} of ${size} for height ${header.height}`);
  }
  // "a verifier that relies on witnesses proves header h as leaf h" (protocol section 7): the leaf is the header's bytes.
  return verifyInclusion({ leaf: bytes, index, size, proof: path, root })
    ? holds('anchor', `header ${index} stands in the anchored log of ${size}, claimed at slot ${anchor.slot}`)
    : fails('anchor', 'VERIFY_ANCHOR_PROOF_INVALID', `header ${index} is not in the anchored log of ${size}`);
}
