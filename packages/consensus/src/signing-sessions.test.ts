import { type Hash, type MemberIndex, quorumOf } from '@cairn/primitives';
import type { NonceCommitment, SignRequest, UnsignedMessage } from '@cairn/protocol';
import { expect, it } from 'vitest';
import { SigningSessions } from './signing-sessions.ts';

// Goal: a commitment is in one session at most, whatever arrives twice. Method: by hand.
const commitment = (member: MemberIndex, which: number): NonceCommitment => ({
  member,
  hiding: new Uint8Array(32).fill(which),
  binding: new Uint8Array(32).fill(which),
  signature: '00'.repeat(64) as NonceCommitment['signature'],
});

it('a copy of a vote that comes late offers no used commitment', () => {
  const sessions = new SigningSessions(quorumOf(4), new Set());
  for (const member of [0, 1, 2]) sessions.offer(commitment(member, 1));
  const commitments = sessions.choose();
  const hash = 'aa'.repeat(32) as Hash;
  sessions.open(hash, { commitments } as UnsignedMessage<SignRequest>, 0);
  for (const member of [0, 1, 2]) sessions.refuse(hash, member);
  for (const member of [0, 1, 2]) sessions.offer(commitment(member, 1));
  expect(sessions.availableCount).toBe(0);
  expect(sessions.choose()).toBeNull();
  for (const member of [0, 1, 2]) sessions.offer(commitment(member, 2));
  expect(sessions.choose()).toHaveLength(3);
});
