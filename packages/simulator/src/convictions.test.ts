import type { Hash, MemberIndex } from '@cairn/primitives';
import { type Batch, type Block, sealBatch, type UnsignedAgreement } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import type { Behaviour, Sending } from './adversaries/behaviour.ts';
import { Convictions } from './checkers/index.ts';
import { memberKey } from './sim-genesis.ts';
import { SIM_FEED, Workload } from './workload.ts';
import { World } from './world.ts';

const LIAR = 3;
const OTHER = 'ab'.repeat(32) as Hash;

function worldWith(behaviourOf: (world: World) => Behaviour, byzantine: ReadonlySet<MemberIndex> = new Set([LIAR])) {
  const world = new World({ seed: 4, memberCount: 4, feeds: [SIM_FEED], isRealFrost: false, byzantine });
  world.node(LIAR).behaviour = behaviourOf(world);
  const convictions = new Convictions(byzantine);
  world.checkers.push(convictions);
  const workload = new Workload(world, 4);
  world.startAll();
  workload.register(0);
  workload.run({ perSecond: 20, durationMs: 8000 });
  return { world, convictions };
}

/** Sends every message of a kind, and one that contradicts it. */
function twoFaced(kind: UnsignedAgreement['kind'], contradict: (message: never) => object): Behaviour {
  const onSend = ({ message, to }: Sending): readonly Sending[] => {
    if (message.kind !== kind) return [{ message, to }];
    return [
      { message, to },
      { message: { ...message, ...contradict(message as never) } as UnsignedAgreement, to },
    ];
  };
  return { name: `two-faced-${kind}`, onSend };
}

const leader = () =>
  twoFaced('proposal', ({ block }: { readonly block: Block }) => ({
    block: { ...block, header: { ...block.header, stateHash: OTHER } },
  }));
const voter = () => twoFaced('prepare-vote', () => ({ blockHash: OTHER }));

function author(world: World): Behaviour {
  const onBatch = (batch: Batch, to: readonly MemberIndex[]) => {
    if (batch.author !== LIAR) return to;
    const other = { ...batch, baseHeight: batch.baseHeight + 1 };
    const { bytes } = sealBatch(other, (text) => world.sign(memberKey(LIAR), text));
    for (const member of to) world.send(LIAR, member, { kind: 'batch', bytes });
    return to;
  };
  return { name: 'two-faced-author', onBatch };
}

function forger(world: World): Behaviour {
  const onBatch = (batch: Batch, to: readonly MemberIndex[]) => {
    if (batch.author !== LIAR) return to;
    const items = [...batch.items, { kind: 'report' as const, bytes: Uint8Array.of(1) }];
    const { bytes } = sealBatch({ ...batch, items }, (text) => world.sign(memberKey(LIAR), text));
    for (const member of to) world.send(LIAR, member, { kind: 'batch', bytes });
    return [];
  };
  return { name: 'forger', onBatch };
}

describe('evidence in the chain (5.6)', () => {
  it.each([
    ['double-proposal', leader],
    ['double-prepare', voter],
    ['double-batch', author],
    ['invalid-batch', forger],
  ])('convicts of a %s, once, at every honest member, and nobody else', (kind, behaviourOf) => {
    const { world, convictions } = worldWith(behaviourOf);
    world.runUntil(() => convictions.proven.has(`${LIAR}/${kind}`), { withinMs: 20_000 });
    const height = Math.min(...world.heights) + 2;
    world.runUntil(() => Math.min(...world.heights) >= height, { withinMs: 20_000 });
    expect([...convictions.proven.keys()]).toEqual([`${LIAR}/${kind}`]);
    const states = world.honest.map(({ replica }) => [...(replica?.chain.state.evidence.keys() ?? [])].sort().join());
    expect(states[0]).toContain(`/${LIAR}/${kind}/`);
  });

  it('the checker finds an honest member that is accused', () => {
    const nobody: ReadonlySet<MemberIndex> = new Set();
    const { world } = worldWith(voter, nobody);
    expect(() => world.run(() => false, { withinMs: 20_000 })).toThrow(/honest member 3 of double-prepare/);
  });
});
