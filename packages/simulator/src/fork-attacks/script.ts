import type { MemberIndex } from '@cairn/primitives';
import {
  type Block,
  blockHash,
  type CertifiedBlock,
  type NonceCommitment,
  type Position,
  type PrepareCertificate,
  type SignRequest,
  signRequestHash,
  type TimeoutCertificate,
} from '@cairn/protocol';
import { type Coalition, certificateOf } from '../adversaries/coalition.ts';
import type { Rogue } from '../adversaries/rogue.ts';
import type { World } from '../world.ts';

/** A condition that the script waits for. */
export type Wait = () => boolean;
export type Script = Generator<Wait, void, void>;

/** Runs a script beside the world: after every event it goes on as far as its conditions hold. */
export function runScript(world: World, script: Script): void {
  let next = script.next();
  world.checkers.push({
    name: 'script',
    afterEvent: () => {
      for (; next.done !== true && next.value(); next = script.next());
    },
  });
  world.onHeal.push(() => {
    next = { done: true, value: undefined };
  });
}

/** Waits until `find` finds something, and gives it. */
export function* until<T>(find: () => T | null | undefined): Generator<Wait, T, void> {
  let found: T | null | undefined;
  yield () => {
    found = find();
    return found !== null && found !== undefined;
  };
  return found as T;
}

/** What a rogue leader had prepared: the certificate, and each voter's commitment. */
export interface Prepared {
  readonly certificate: PrepareCertificate;
  readonly commitments: ReadonlyMap<MemberIndex, NonceCommitment>;
}

/** Proposes a block to everyone, and waits for a prepare certificate with the votes of `voters` in it. */
export function* prepare(
  coalition: Coalition,
  leader: Rogue,
  proposed: {
    readonly at: Position;
    readonly block: Block;
    readonly timeout: TimeoutCertificate | null;
    readonly voters: readonly MemberIndex[];
  },
): Generator<Wait, Prepared, void> {
  const { at, block, timeout, voters } = proposed;
  const hash = blockHash(block);
  leader.send(leader.proposal(at, block, timeout), coalition.honest);
  yield () => voters.every((voter) => coalition.prepares(at, hash).some(({ member }) => member === voter));
  const { certificate, votes } = yield* until(() => coalition.certificate(at, hash));
  return { certificate, commitments: new Map(votes.map(({ member, commitment }) => [member, commitment])) };
}

/** The commitments of these members in index order. */
export function listOf(prepared: Prepared, members: readonly MemberIndex[]): NonceCommitment[] {
  return [...members].sort((a, b) => a - b).map((member) => prepared.commitments.get(member) as NonceCommitment);
}

/** Sends a SignRequest to `signers`, again with fresh commitments when nonces are dead, until all have sent shares. */
export function* collectShares(
  coalition: Coalition,
  leader: Rogue,
  session: {
    readonly certificate: PrepareCertificate;
    readonly list: readonly NonceCommitment[];
    readonly signers: readonly MemberIndex[];
  },
): Generator<Wait, SignRequest, void> {
  const { certificate, signers } = session;
  let list = session.list;
  for (let count = 0; ; count++) {
    const request = coalition.signRequest(leader, certificate, list, count);
    const hash = signRequestHash(request);
    leader.send(request, signers);
    const hasAnswered = (member: MemberIndex) =>
      coalition.scalars(hash).has(member) || coalition.hasRefused(hash, member);
    yield () => signers.every(hasAnswered);
    if (signers.every((member) => coalition.scalars(hash).has(member))) return request;
    list = list.map((commitment) => coalition.freshCommitment(commitment.member) ?? commitment);
  }
}

/** All of it for one block in one view: prepared, signed by q members, certified. */
export function* certify(
  coalition: Coalition,
  leader: Rogue,
  proposed: Parameters<typeof prepare>[2],
): Generator<Wait, CertifiedBlock, void> {
  const prepared = yield* prepare(coalition, leader, proposed);
  return yield* sign(coalition, leader, { prepared, block: proposed.block });
}

/** Has a prepared block signed by the coalition and as few honest members as that takes. */
export function* sign(
  coalition: Coalition,
  leader: Rogue,
  { prepared, block }: { readonly prepared: Prepared; readonly block: Block },
): Generator<Wait, CertifiedBlock, void> {
  const { certified } = coalition.world.door.quorum;
  const voters = [...prepared.commitments.keys()].filter((member) => !coalition.members.includes(member));
  const signers = voters.slice(0, certified - coalition.members.length);
  const list = listOf(prepared, [...signers, ...coalition.members]);
  const request = yield* collectShares(coalition, leader, { certificate: prepared.certificate, list, signers });
  return yield* until(() => coalition.aggregate(request, block));
}

/** A block of the next height by this leader; two of them differ by their time. */
export function freshBlock(leader: Rogue): Block {
  const time = Math.max(leader.world.nowMs, leader.chain.tip.header.time + 1);
  return leader.chain.build([], { leader: leader.member, time }).block;
}

/** The coalition joins the TimeoutVotes of a view, so that a quorum of them comes together. */
export function joinTimeout(coalition: Coalition, at: Position): void {
  for (const rogue of coalition.rogues) {
    if (at.view === 0) rogue.send(rogue.timeoutVote(at, null, null), coalition.honest);
  }
}

/** A timeout certificate from what was heard of these members, the coalition claiming to know nothing. */
export function* timeoutOf(
  coalition: Coalition,
  at: Position,
  honest: readonly MemberIndex[],
): Generator<Wait, TimeoutCertificate, void> {
  return yield* until(() => coalition.timeoutCertificate(at, honest));
}

export { certificateOf };
