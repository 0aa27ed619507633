import { sha256, verifySignature } from '@cairn/crypto';
import {
  CairnError,
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  type Hash,
  type NetworkId,
  type PublicKey,
  type Signature,
  toBase64,
  toBase64Url,
  toHash,
  toHex,
  toSignature,
  utf8,
} from '@cairn/primitives';
import { CHECKPOINT_BYTES_MAX } from './limits.ts';

/** The signed log root (protocol section 7): a C2SP tlog-checkpoint with one extension line. */
export interface Checkpoint {
  /** Matches `[a-z0-9-]{1,32}`. */
  readonly networkName: string;
  readonly networkId: NetworkId;
  /** Height of the last header + 1. */
  readonly treeSize: number;
  /** Root over headers 0 .. treeSize - 1. */
  readonly root: Hash;
  /** Hash of header treeSize - 1. */
  readonly headerHash: Hash;
}

/** `cairn/<network name>/<networkId in base64url>`: first line of every checkpoint, and the key's name. */
export function checkpointOrigin(network: { readonly networkName: string; readonly networkId: NetworkId }): string {
  return `cairn/${network.networkName}/${toBase64Url(fromHex(network.networkId, 32))}`;
}

/** The signed bytes: four lines, each with its newline, without the empty line that follows them in the note. */
export function checkpointText(checkpoint: Checkpoint): Uint8Array {
  const root = toBase64(fromHex(checkpoint.root, 32));
  const header = toBase64(fromHex(checkpoint.headerHash, 32));
  return utf8(`${checkpointOrigin(checkpoint)}\n${checkpoint.treeSize}\n${root}\nheader ${header}\n`);
}

/** First 4 bytes of SHA-256(name || 0x0A || 0x01 || group key) (C2SP signed-note). */
export function checkpointKeyId(origin: string, groupKey: PublicKey): Uint8Array {
  return sha256(concatBytes(utf8(origin), Uint8Array.of(0x0a, 0x01), fromHex(groupKey, 32))).subarray(0, 4);
}

/** `<name>+<key id, 8 hex digits>+<base64(0x01 || group key)>`: what Go's sumdb/note takes as verifier key. */
export function checkpointVerifierKey(origin: string, groupKey: PublicKey): string {
  const keyBytes = concatBytes(Uint8Array.of(0x01), fromHex(groupKey, 32));
  return `${origin}+${toHex(checkpointKeyId(origin, groupKey))}+${toBase64(keyBytes)}`;
}

/** The whole note as UTF-8 text, with the group's signature line. */
export function encodeCheckpointNote(checkpoint: Checkpoint, groupKey: PublicKey, groupSignature: Signature): string {
  const origin = checkpointOrigin(checkpoint);
  const signed = concatBytes(checkpointKeyId(origin, groupKey), fromHex(groupSignature, 64));
  return `${fromUtf8(checkpointText(checkpoint))}\n\u2014 ${origin} ${toBase64(signed)}\n`;
}

/** A note taken apart; the signature is not checked here. */
export interface CheckpointNote {
  readonly checkpoint: Checkpoint;
  readonly keyId: Uint8Array;
  readonly groupSignature: Signature;
}

const NOTE_PATTERN =
  /^cairn\/([a-z0-9-]{1,32})\/([A-Za-z0-9_-]{43})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\nheader ([A-Za-z0-9+/]{43}=)\n\n\u2014 (cairn\/[a-z0-9-]{1,32}\/[A-Za-z0-9_-]{43}) ([A-Za-z0-9+/]{91}=)\n$/;

/**
 * Parses exactly what `encodeCheckpointNote` writes.
 * @throws PROTOCOL_CHECKPOINT_MALFORMED
 */
export function decodeCheckpointNote(note: string): CheckpointNote {
  const malformed = (why: string, cause?: unknown) =>
    new CairnError('PROTOCOL_CHECKPOINT_MALFORMED', why, { length: note.length }, { cause });
  if (note.length > CHECKPOINT_BYTES_MAX) throw malformed('note too long');
  const match = NOTE_PATTERN.exec(note);
  if (match === null) throw malformed('not a Cairn checkpoint note');
  const [, networkName, networkId, treeSize, root, header, signer, signed] = match as unknown as readonly string[];
  try {
    const checkpoint: Checkpoint = {
      networkName: networkName as string,
      networkId: toHash(fromBase64Url(networkId as string)),
      treeSize: Number(treeSize),
      root: toHash(fromBase64(root as string)),
      headerHash: toHash(fromBase64(header as string)),
    };
    if (!Number.isSafeInteger(checkpoint.treeSize)) throw malformed('tree size over 2^53');
    if (signer !== checkpointOrigin(checkpoint)) throw malformed('signed under another name');
    const signedBytes = fromBase64(signed as string);
    return {
      checkpoint,
      keyId: signedBytes.slice(0, 4),
      groupSignature: toSignature(signedBytes.subarray(4)),
    };
  } catch (cause) {
    if (cause instanceof CairnError && cause.code === 'PROTOCOL_CHECKPOINT_MALFORMED') throw cause;
    throw malformed('bad base64 in the note', cause);
  }
}

/** @returns whether the group key signed exactly this checkpoint, and the key id names that key. */
export function verifyCheckpointNote(note: CheckpointNote, groupKey: PublicKey): boolean {
  const keyId = checkpointKeyId(checkpointOrigin(note.checkpoint), groupKey);
  return (
    equalBytes(keyId, note.keyId) && verifySignature(groupKey, checkpointText(note.checkpoint), note.groupSignature)
  );
}
