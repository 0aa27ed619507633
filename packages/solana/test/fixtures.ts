import { createHash } from 'node:crypto';
import { type KeyPair, keyPairFromSeed, sign } from '@cairn/crypto';
import { concatBytes, fromHex, toBase64, toBase64Url, utf8 } from '@cairn/primitives';
import { decodeCheckpointNote } from '@cairn/protocol';
import type { AnchorCheckpoint } from '../src/anchor-checkpoint.ts';

/** A key that stands in for the group's. */
export const GROUP: KeyPair = keyPairFromSeed(new Uint8Array(32).fill(7));

export interface NoteInput {
  readonly networkName?: string;
  readonly treeSize?: number;
  readonly root?: number;
  readonly group?: KeyPair;
  /** Signs other bytes than the text, so the signature is wrong. */
  readonly isForged?: boolean;
}

/** A signed note, written out by hand from protocol section 7 and not by the code under test. */
export function note(input: NoteInput = {}): string {
  const { networkName = 'test', treeSize = 1, root = treeSize % 251, group = GROUP } = input;
  const name = `cairn/${networkName}/${toBase64Url(new Uint8Array(32).fill(1))}`;
  const rootText = toBase64(new Uint8Array(32).fill(root));
  const headerText = toBase64(createHash('sha256').update(`header ${treeSize}`).digest());
  const text = `${name}\n${treeSize}\n${rootText}\nheader ${headerText}\n`;
  const signature = fromHex(sign(group.secretSeed, utf8(input.isForged ? `${text}x` : text)));
  const keyId = createHash('sha256')
    .update(concatBytes(utf8(`${name}\n\u0001`), fromHex(group.publicKey)))
    .digest()
    .subarray(0, 4);
  return `${text}\n\u2014 ${name} ${toBase64(concatBytes(keyId, signature))}\n`;
}

/** The same taken apart, whether its signature is right or not. */
export function checkpoint(input: NoteInput = {}): AnchorCheckpoint {
  const text = note(input);
  const { checkpoint, groupSignature } = decodeCheckpointNote(text);
  const { publicKey: groupKey } = input.group ?? GROUP;
  return {
    ...checkpoint,
    text: text.slice(0, text.indexOf('\n\n') + 1),
    note: text,
    groupKey,
    signature: groupSignature,
  };
}

/** Asks until `probe` gives something, at most `attempts` times, `pauseMs` apart: for things a chain does by itself. */
export async function eventually<T>(probe: () => Promise<T | undefined>, attempts = 400, pauseMs = 20): Promise<T> {
  for (let i = 0; i < attempts; i++) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error('did not happen');
}
