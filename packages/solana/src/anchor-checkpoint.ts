import { CairnError, fromUtf8, type PublicKey, type Signature } from '@cairn/primitives';
import { type Checkpoint, checkpointText, decodeCheckpointNote, verifyCheckpointNote } from '@cairn/protocol';

/** A checkpoint whose group signature was verified: what an anchor is made of, and what a memo is compared with. */
export interface AnchorCheckpoint extends Checkpoint {
  /** The four signed lines, each with its newline. */
  readonly text: string;
  /** The text, an empty line and the group's signature line, as the memo holds it. */
  readonly note: string;
  readonly groupKey: PublicKey;
  readonly signature: Signature;
}

/**
 * Reads a note and verifies its group signature.
 * @throws PROTOCOL_CHECKPOINT_MALFORMED, SOLANA_CHECKPOINT_INVALID
 */
export function verifiedCheckpoint(noteText: string, groupKey: PublicKey): AnchorCheckpoint {
  const note = decodeCheckpointNote(noteText);
  const { checkpoint, groupSignature } = note;
  if (!verifyCheckpointNote(note, groupKey)) {
    const meta = { treeSize: checkpoint.treeSize };
    throw new CairnError('SOLANA_CHECKPOINT_INVALID', 'the group signature does not verify', meta);
  }
  return {
    ...checkpoint,
    text: fromUtf8(checkpointText(checkpoint)),
    note: noteText,
    groupKey,
    signature: groupSignature,
  };
}
