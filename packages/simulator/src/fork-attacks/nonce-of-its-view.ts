import type { ForkAttack, Stage } from './fork-attack.ts';
import { collectShares, freshBlock, listOf, prepare, type Script, timeoutOf, until } from './script.ts';

/**
 * Shares of one session, made in two views: f honest members sign block A in view 0, and one more signs it n views
 * later with the nonce of then; block B, prepared between them, is completed the same way. No single timeout certificate
 * ever meets all signers of a block.
 */
export const NONCE_OF_ITS_VIEW: ForkAttack = {
  rule: 'nonce-of-its-view',
  rogueView: 0,
  honestView: null,
  // 3 n views, most of them at the cap.
  timeouts: (memberCount) => (3 * memberCount + 2) * 17,
  *script({ world, coalition, leader, steering, height, epoch }: Stage): Script {
    const { honest, members } = coalition;
    const memberCount = world.nodes.length;
    const at = (turn: number) => ({ epoch, height, view: turn * memberCount });
    const before = (turn: number) => ({ epoch, height, view: turn * memberCount - 1 });
    // Views of honest leaders fail: their proposals reach nobody.
    steering.judge = (from, _to, message) =>
      message?.kind === 'proposal' && message.height === height && !members.includes(from) ? 'drop' : 'pass';
    yield () => leader.isUp && leader.chain.nextHeight === height;
    const early = honest.slice(0, members.length);
    const [late, firstOfB] = honest.slice(members.length) as [number, number];

    const blockA = freshBlock(leader);
    const inU = yield* prepare(coalition, leader, { at: at(0), block: blockA, timeout: null, voters: honest });
    const listA = listOf(inU, [...early, late, ...members]);
    yield* collectShares(coalition, leader, { certificate: inU.certificate, list: listA, signers: early });

    const ignorant = honest.filter((member) => !early.includes(member));
    const timeoutW = yield* timeoutOf(coalition, before(1), ignorant);
    const blockB = freshBlock(leader);
    const inW = yield* prepare(coalition, leader, { at: at(1), block: blockB, timeout: timeoutW, voters: honest });
    const listB = listOf(inW, [firstOfB, ...early, ...members]);
    yield* collectShares(coalition, leader, { certificate: inW.certificate, list: listB, signers: [firstOfB] });

    const timeoutV = yield* timeoutOf(coalition, before(2), [...early, late]);
    const inV = yield* prepare(coalition, leader, { at: at(2), block: blockA, timeout: timeoutV, voters: [late] });
    const requestA = yield* collectShares(coalition, leader, {
      certificate: inV.certificate,
      list: listA,
      signers: [late],
    });
    yield* until(() => coalition.aggregate(requestA, blockA));

    const timeoutX = yield* timeoutOf(coalition, before(3), [...early, firstOfB]);
    const inX = yield* prepare(coalition, leader, { at: at(3), block: blockB, timeout: timeoutX, voters: early });
    const requestB = yield* collectShares(coalition, leader, {
      certificate: inX.certificate,
      list: listB,
      signers: early,
    });
    yield* until(() => coalition.aggregate(requestB, blockB));
  },
};
