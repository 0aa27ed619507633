import type { ForkRule } from '@cairn/consensus';
import { concatBytes, type NetworkId } from '@cairn/primitives';
import { type SigningKind, signingPrefix } from '@cairn/protocol';

/** Messages whose signed body begins with [epoch, height, view]. */
const POSITIONED: readonly SigningKind[] = [
  'proposal',
  'prepare-vote',
  'sign-request',
  'signature-share',
  'nonce-refusal',
  'timeout-vote',
  'nonce-commitment',
];

/**
 * What signatures cover once a rule is taken out: without `signed-position` no message binds its position, without
 * `nonce-of-its-view` no commitment does.
 * @returns null when all rules hold: then signatures cover every byte.
 */
export function coveredBytes(
  without: ReadonlySet<ForkRule>,
  networkId: NetworkId,
): ((message: Uint8Array) => Uint8Array) | null {
  const kinds = without.has('signed-position')
    ? POSITIONED
    : POSITIONED.filter((kind) => kind === 'nonce-commitment' && without.has('nonce-of-its-view'));
  if (kinds.length === 0) return null;
  const prefixes = kinds.map((kind) => signingPrefix(kind, networkId));
  return (message) => {
    const prefix = prefixes.find((bytes) => bytes.every((byte, i) => message[i] === byte));
    if (prefix === undefined) return message;
    // An array's head, then three unsigned integers.
    let end = prefix.length + 1;
    for (let i = 0; i < 3; i++) end += 1 + argumentBytes((message[end] as number) & 31);
    return concatBytes(prefix, message.subarray(end));
  };
}

/** How many bytes follow the head of a CBOR item with this additional information. */
function argumentBytes(info: number): number {
  return info < 24 ? 0 : 2 ** (info - 24);
}
