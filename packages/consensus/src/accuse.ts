import type { MemberIndex } from '@cairn/primitives';
import type { Evidence, Position, SignedHash } from '@cairn/protocol';

/** Evidence of two signed hashes of one position, in the one order that a verifier accepts. */
export function accuse(
  kind: 'double-proposal' | 'double-prepare',
  at: Position & { readonly member: MemberIndex },
  pair: readonly [SignedHash, SignedHash],
): Evidence {
  const [first, second] = pair[0].hash < pair[1].hash ? pair : [pair[1], pair[0]];
  const { epoch, height, view, member } = at;
  return { kind, epoch, height, view, member, first, second };
}
