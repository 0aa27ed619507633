import type { MemberIndex } from '@cairn/primitives';
import type { Stage } from './fork-attack.ts';
import type { Wait } from './script.ts';

/**
 * Lets the honest leader of `view` certify a block and cuts it off with it: certified blocks of this height reach
 * nobody, and nothing passes to or from the one who has committed.
 * @returns the leader, and the honest members that it was cut off from.
 */
export function* hideCertified(
  { world, coalition, steering, height }: Stage,
  view: number,
): Generator<Wait, { readonly first: MemberIndex; readonly others: readonly MemberIndex[] }, void> {
  const first = (height + view) % world.nodes.length;
  const hasCommitted = () => world.node(first).disk.tipHeight >= height;
  const judge = steering.judge;
  steering.judge = (from, to, message, packet) => {
    if (hasCommitted() && (from === first || to === first)) return 'hold';
    const isCertified = message?.kind === 'certified-block' && message.certified.block.header.height === height;
    // The coalition's own go through, at the end of the attack.
    if (isCertified && !coalition.members.includes(from)) return 'hold';
    return judge(from, to, message, packet);
  };
  yield hasCommitted;
  return { first, others: coalition.honest.filter((member) => member !== first) };
}
