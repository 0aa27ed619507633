import { createHash } from 'node:crypto';
import {
  CairnError,
  concatBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  type Hash,
  type NetworkId,
  type PublicKey,
  type Signature,
  toBase64,
  toHash,
  toHex,
  toSignature,
  utf8,
} from '@cairn/primitives';

/** A note with a few cosignatures stays far below this; a memo cannot even hold it. */
const NOTE_BYTES_MAX = 4096;
const SIGNATURE_LINES_MAX = 16;

const TEXT_PATTERN =
  /^cairn\/([a-z0-9-]{1,32})\/([A-Za-z0-9_-]{43})\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\nheader ([A-Za-z0-9+/]{43}=)\n$/;

/** A checkpoint note taken apart (protocol section 7). Read-only; all of it follows from the note and the group key. */
export interface AnchorCheckpoint {
  readonly networkName: string;
  readonly networkId: NetworkId;
  readonly treeSize: number;
  readonly root: Hash;
  readonly headerHash: Hash;
  /** The four signed lines, each with its newline. */
  readonly text: string;
  /** The text, an empty line and the group's signature line: what an anchor carries. Without any cosignature. */
  readonly note: string;
  readonly groupKey: PublicKey;
  readonly signature: Signature;
}

/**
 * Reads a signed note and picks the group's signature line. Does not verify the signature.
 * @throws SOLANA_CHECKPOINT_MALFORMED
 */
export function parseAnchorCheckpoint(noteText: string, groupKey: PublicKey): AnchorCheckpoint {
  if (utf8(noteText).length > NOTE_BYTES_MAX) throw malformed('length');
  const split = noteText.indexOf('\n\n');
  const text = noteText.slice(0, split + 1);
  const match = TEXT_PATTERN.exec(text);
  if (match === null) throw malformed('text');
  const [, networkName, networkId, treeSize, root, headerHash] = match as unknown as string[] & Six;
  const name = `cairn/${networkName}/${networkId}`;
  const signature = groupSignature(noteText.slice(split + 2), name, groupKey);
  if (!Number.isSafeInteger(Number(treeSize))) throw malformed('tree size');
  return {
    networkName,
    networkId: hashOf(() => fromBase64Url(networkId)),
    treeSize: Number(treeSize),
    root: hashOf(() => fromBase64(root)),
    headerHash: hashOf(() => fromBase64(headerHash)),
    text,
    note: `${text}\n${signatureLine(name, groupKey, signature)}`,
    groupKey,
    signature,
  };
}

type Six = [string, string, string, string, string, string];

function groupSignature(lines: string, name: string, groupKey: PublicKey): Signature {
  if (!lines.endsWith('\n')) throw malformed('signature lines');
  const keyId = toHex(noteKeyId(name, groupKey));
  for (const line of lines.slice(0, -1).split('\n', SIGNATURE_LINES_MAX)) {
    if (!line.startsWith(`— ${name} `)) continue;
    const bytes = decode(() => fromBase64(line.slice(name.length + 3)));
    if (bytes.length === 68 && toHex(bytes.subarray(0, 4)) === keyId) return toSignature(bytes.slice(4));
  }
  throw malformed('no line of the group key');
}

function signatureLine(name: string, groupKey: PublicKey, signature: Signature): string {
  return `— ${name} ${toBase64(concatBytes(noteKeyId(name, groupKey), fromHex(signature, 64)))}\n`;
}

/** "Key id = the first 4 bytes of SHA-256(name || 0x0A || 0x01 || group key)" (protocol section 7). */
function noteKeyId(name: string, groupKey: PublicKey): Uint8Array {
  const input = concatBytes(utf8(name), Uint8Array.of(0x0a, 0x01), fromHex(groupKey, 32));
  return createHash('sha256').update(input).digest().subarray(0, 4);
}

function hashOf(bytes: () => Uint8Array): Hash {
  return decode(() => toHash(bytes()));
}

function decode<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw malformed('base64');
  }
}

function malformed(part: string): CairnError {
  return new CairnError('SOLANA_CHECKPOINT_MALFORMED', 'not a signed checkpoint note', { part });
}
