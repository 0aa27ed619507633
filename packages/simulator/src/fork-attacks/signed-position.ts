import type { ForkAttack, Stage } from './fork-attack.ts';
import { hideCertified } from './hide-certified.ts';
import { certificateOf, certify, freshBlock, type Script } from './script.ts';

/**
 * TimeoutVotes of the height before, which know of no certificate, are shown again as those of view 0 of this one, where
 * a block was certified that only its leader learned of.
 */
export const SIGNED_POSITION: ForkAttack = {
  rule: 'signed-position',
  rogueView: 1,
  honestView: 0,
  timeouts: () => 18,
  *script(stage: Stage): Script {
    const { coalition, leader, steering, height, epoch, world } = stage;
    const before = {
      epoch: Math.floor((height - 2) / world.genesis.parameters.epochBlocks),
      height: height - 1,
      view: 0,
    };
    steering.judge = (_from, _to, message) =>
      message?.kind === 'proposal' && message.height === before.height && message.view === 0 ? 'drop' : 'pass';
    yield () => coalition.timeouts(before).length + coalition.members.length >= world.door.quorum.certified;
    const old = coalition.timeouts(before);
    const { others } = yield* hideCertified(stage, 0);
    const at = { epoch, height, view: 0 };
    const own = coalition.rogues.map((rogue) => rogue.timeoutVote(at, null, null));
    const timeout = certificateOf(at, [...old, ...own]);
    const block = freshBlock(leader);
    const certified = yield* certify(coalition, leader, { at: { ...at, view: 1 }, block, timeout, voters: others });
    leader.send({ kind: 'certified-block', certified }, others);
  },
};
