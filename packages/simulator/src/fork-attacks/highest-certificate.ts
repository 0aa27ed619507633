import type { ForkAttack, Stage } from './fork-attack.ts';
import { hideCertified } from './hide-certified.ts';
import { certify, freshBlock, joinTimeout, type Script, timeoutOf } from './script.ts';

/**
 * View 0 certifies a block that only its honest leader learns of. The Byzantine leader of view 1 holds a timeout
 * certificate that names it, and proposes another block.
 */
export const HIGHEST_CERTIFICATE: ForkAttack = {
  rule: 'highest-certificate',
  rogueView: 1,
  honestView: 0,
  timeouts: () => 12,
  *script(stage: Stage): Script {
    const { coalition, leader, height, epoch } = stage;
    const at = { epoch, height, view: 0 };
    const { others } = yield* hideCertified(stage, 0);
    yield () => coalition.timeouts(at).length > 0;
    joinTimeout(coalition, at);
    const timeout = yield* timeoutOf(coalition, at, others);
    const block = freshBlock(leader);
    const certified = yield* certify(coalition, leader, { at: { ...at, view: 1 }, block, timeout, voters: others });
    leader.send({ kind: 'certified-block', certified }, others);
  },
};
