import { sha256Hash } from '@cairn/crypto';
import { CairnError, type Hash } from '@cairn/primitives';
import { itemFault } from '@cairn/replica';
import type { ItemFault, ItemPack } from '../threads/thread-messages.ts';
import type { Door } from './door.ts';

export interface CheckedItems {
  readonly ids: readonly Hash[];
  /** Null when none is faulty. */
  readonly faults: readonly (ItemFault | null)[] | null;
}

/** Checks items of this node's own intake: that each decodes, and its signature. Ids are the hashes of the bytes as received. */
export function checkItems(pack: ItemPack, door: Door): CheckedItems {
  const ids: Hash[] = [];
  const faults: (ItemFault | null)[] = [];
  let start = 0;
  for (const end of pack.ends) {
    const bytes = pack.bytes.subarray(start, end);
    start = end;
    const id = sha256Hash(bytes);
    ids.push(id);
    const fault = door.isVerifiedItem(id) ? null : faultOf(pack, bytes, door);
    if (fault === null) door.rememberItem(id);
    faults.push(fault);
  }
  return { ids, faults: faults.some((fault) => fault !== null) ? faults : null };
}

function faultOf(pack: ItemPack, bytes: Uint8Array, door: Door): ItemFault | null {
  try {
    const fault = itemFault({ kind: pack.kind, bytes }, door.newItems);
    return fault === null ? null : { code: 'INTAKE_SIGNATURE_INVALID', detail: fault };
  } catch (error) {
    if (!(error instanceof CairnError)) throw error;
    return { code: error.code, detail: error.message };
  }
}
