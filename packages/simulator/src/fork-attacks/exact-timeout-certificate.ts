import type { ForkAttack, Stage } from './fork-attack.ts';
import { hideCertified } from './hide-certified.ts';
import { certify, freshBlock, joinTimeout, type Script, timeoutOf } from './script.ts';

/**
 * View 0 fails with nothing prepared, view 1 certifies a block that only its leader learns of. The Byzantine leader of
 * view 2 shows the timeout certificate of view 0, which knows of no block, and proposes another.
 */
export const EXACT_TIMEOUT_CERTIFICATE: ForkAttack = {
  rule: 'exact-timeout-certificate',
  rogueView: 2,
  honestView: 1,
  timeouts: () => 24,
  *script(stage: Stage): Script {
    const { coalition, leader, steering, height, epoch } = stage;
    const at = { epoch, height, view: 0 };
    steering.judge = (_from, _to, message) =>
      message?.kind === 'proposal' && message.height === height && message.view === 0 ? 'drop' : 'pass';
    yield () => coalition.timeouts(at).length > 0;
    joinTimeout(coalition, at);
    const timeout = yield* timeoutOf(coalition, at, coalition.honest);
    const { others } = yield* hideCertified(stage, 1);
    const block = freshBlock(leader);
    const certified = yield* certify(coalition, leader, { at: { ...at, view: 2 }, block, timeout, voters: others });
    leader.send({ kind: 'certified-block', certified }, others);
  },
};
