import type { ForkAttack, Stage } from './fork-attack.ts';
import { certify, freshBlock, type Script } from './script.ts';

/**
 * The Byzantine leader of view 0 has its block prepared, and asks for shares only when every honest member has sent a
 * TimeoutVote that says it knows of no certificate. View 1 then agrees on another block.
 */
export const NEVER_AFTER_TIMEOUT: ForkAttack = {
  rule: 'never-after-timeout',
  rogueView: 0,
  // A silent leader of view 1 would let the late certificate be found.
  honestView: 1,
  timeouts: () => 12,
  *script({ coalition, leader, steering, height, epoch }: Stage): Script {
    const at = { epoch, height, view: 0 };
    const { honest } = coalition;
    // TimeoutVotes reach the coalition, and no honest member before the shares are made.
    steering.judge = (_from, to, message) =>
      message?.kind === 'timeout-vote' && message.height === height && honest.includes(to) ? 'hold' : 'pass';
    yield () => leader.isUp && leader.chain.nextHeight === height;
    const block = freshBlock(leader);
    const timedOut = () => honest.every((member) => coalition.timeouts(at).some((vote) => vote.member === member));
    const slow = certify(coalition, leader, { at, block, timeout: null, voters: honest });
    const prepared = slow.next();
    if (prepared.done === true) return;
    yield () => timedOut() && prepared.value();
    for (let step = slow.next(); step.done !== true; step = slow.next()) yield step.value;
    steering.judge = () => 'pass';
    steering.release();
  },
};
