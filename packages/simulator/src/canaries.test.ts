import { AssertionError, type MemberIndex } from '@cairn/primitives';
import { encodeAgreementMessage, sealMessage } from '@cairn/protocol';
import { describe, expect, it } from 'vitest';
import type { Behaviour } from './adversaries/behaviour.ts';
import { BEHAVIOURS, type BehaviourName } from './adversaries/index.ts';
import { Rogue } from './adversaries/rogue.ts';
import type { Anchoring } from './anchoring.ts';
import { attackPlan, stage } from './fork-attacks/index.ts';
import { NEVER_AFTER_TIMEOUT } from './fork-attacks/never-after-timeout.ts';
import { type Plan, planOf } from './plan.ts';
import { type RunOptions, runPlan } from './run-plan.ts';
import { memberKey } from './sim-genesis.ts';
import { toyPublicKey, toySign } from './toy-keys.ts';
import type { World } from './world.ts';

// Goal: every checker is seen to fail. Method: one deliberately broken actor each, in a member that the checkers take for
// honest; a canary that lives on in silence fails the test.
const QUIET: Plan = {
  ...planOf(1, { memberCount: 4, faults: [], behaviours: [], isRealFrost: false }),
  viewTimeoutMs: 250,
  chaosMs: 2000,
};

/** @returns the invariant that the broken run broke. */
function broken(
  prepare: (world: World, anchoring: Anchoring) => void,
  over: Partial<Plan> = {},
  options: RunOptions = {},
): string | undefined {
  return runPlan({ ...QUIET, ...over }, { ...options, prepare }).violation?.invariant;
}

/** A member that claims to be honest, and is not. */
function pretender(member: MemberIndex, name: BehaviourName): (world: World) => void {
  return (world) => {
    world.node(member).behaviour = BEHAVIOURS[name](new Rogue(world, member));
  };
}

function corrupt(world: World, members: readonly MemberIndex[], behaviour: Behaviour): void {
  for (const member of members) world.node(member).behaviour = behaviour;
}

it('stays silent where nothing is broken', () => {
  expect(broken(() => {})).toBeUndefined();
});

describe('honest-votes', () => {
  it('sees two proposals of one view', () => {
    expect(broken(pretender(1, 'equivocating-leader'))).toBe('honest-votes');
  });

  it('sees two prepare votes of one view', () => {
    expect(broken(pretender(2, 'equivocating-voter'))).toBe('honest-votes');
  });

  it('sees a share after the timeout', () => {
    const plan = attackPlan(NEVER_AFTER_TIMEOUT, 1, 4);
    const without = new Set([NEVER_AFTER_TIMEOUT.rule]);
    const outcome = runPlan(plan, { without, prepare: (world) => stage(NEVER_AFTER_TIMEOUT, world, plan.height) });
    expect(outcome.violation?.invariant).toBe('honest-votes');
  });
});

it('nonce-once sees a commitment that is sent for two heights', () => {
  expect(broken(pretender(3, 'nonce-reuser'))).toBe('nonce-once');
});

it('nonce-once sees a signer whose randomness comes again after a crash', () => {
  const crash = { kind: 'crash', atMs: 500, forMs: 100, member: 2 } as const;
  const repeat = (world: World): void => {
    const node = world.node(2);
    const { commitNonce } = world.scheme;
    const start = node.start.bind(node);
    node.start = (atMs) => {
      let count = 0;
      const scheme = world.scheme as { commitNonce: typeof commitNonce };
      scheme.commitNonce = (share, random) =>
        commitNonce(share, share.index === 2 ? new Uint8Array(64).fill(++count) : random);
      start(atMs);
    };
    world.onHeal.push(() => {
      (world.scheme as { commitNonce: typeof commitNonce }).commitNonce = commitNonce;
    });
  };
  expect(broken(repeat, { faults: [crash] })).toBe('nonce-once');
});

it('re-execution sees a member that stops at another state', () => {
  // Its own execution differs from then on: it halts, as it must, and the checker says so.
  const forget = (world: World): void =>
    world.call(() => {
      const feeds = world.node(1).replica?.chain.state.feeds as Map<string, unknown> | undefined;
      feeds?.clear();
    }, 800);
  expect(broken(forget)).toBe('halted');
});

it('re-execution sees a commit whose receipts are not those of its block', () => {
  const lie = (world: World): void => {
    const { disk } = world.node(1);
    const append = disk.append.bind(disk);
    disk.append = (entries) => {
      for (const entry of entries) if (entry.kind === 'certified') (entry.commit.receipts as unknown[]).pop();
      append(entries);
    };
  };
  expect(broken(lie)).toBe('re-execution');
});

it('log-consistency sees a member with another root', () => {
  const lie = (world: World): void => {
    const { disk } = world.node(1);
    const append = disk.append.bind(disk);
    disk.append = (entries) => {
      for (const entry of entries) {
        if (entry.kind === 'certified') Object.assign(entry.commit, { logRoot: entry.commit.blockHash });
      }
      append(entries);
    };
  };
  expect(broken(lie)).toBe('log-consistency');
});

it('forged-report sees a report that no device signed', () => {
  // A door that lets the device's signature pass unread, and one member that makes use of it.
  const device = toyPublicKey('device-0');
  const byzantine = [{ member: 3, behaviours: ['batch-forger' as const] }];
  expect(broken(() => {}, { byzantine }, { trusts: (key) => key === device })).toBe('forged-report');
});

it('acknowledged-report sees a member that acknowledges what is not on its disk', () => {
  const forgetful = (world: World): void => {
    const { disk } = world.node(2);
    const append = disk.append.bind(disk);
    disk.append = (entries) => append(entries.filter(({ kind }) => kind !== 'item'));
  };
  const crash = { kind: 'crash', forMs: 100, member: 2 } as const;
  const faults = [300, 700, 1100, 1500].map((atMs) => ({ ...crash, atMs }));
  expect(broken(forgetful, { faults, reportsPerSecond: 60 })).toBe('acknowledged-report');
});

it('participation sees a vote that its member never sent', () => {
  // The leader of height 2 puts votes for everyone into its own certificate, and needs nobody.
  const forger = (world: World): void => {
    const me = new Rogue(world, 2);
    corrupt(world, [2], {
      name: 'vote-forger',
      onSend: (sending) => {
        const { message } = sending;
        if (message.kind !== 'prepare-vote') return [sending];
        for (const member of [0, 1, 3]) {
          const own = { ...message, member, commitment: { member, ...me.commit() } };
          const sign = (bytes: Uint8Array) => toySign(memberKey(member), bytes);
          const bytes = encodeAgreementMessage(sealMessage(world.networkId, own, sign));
          world.deliver(member, 2, { kind: 'agreement', bytes }, world.nowMs);
        }
        return [sending];
      },
    });
    // The votes that they really send never arrive, and neither does its proposal.
    world.transmit = (_from, to, packet) => {
      const message = me.messageIn(packet);
      return to === 2 && message?.kind === 'prepare-vote' ? [] : [world.nowMs + 3];
    };
    for (const member of [0, 1, 3]) {
      corrupt(world, [member], {
        name: 'mute-voter',
        onSend: (sending) => (sending.message.kind === 'prepare-vote' && sending.message.height === 2 ? [] : [sending]),
      });
    }
  };
  expect(broken(forger)).toBe('participation');
});

it('participation sees a credit for a vote that its member never sent', () => {
  const mute: Behaviour = {
    name: 'mute-voter',
    onSend: (sending) => (sending.message.kind === 'prepare-vote' ? [] : [sending]),
  };
  expect(broken((world) => corrupt(world, [3], mute), { chaosMs: 4000 })).toBe('participation');
});

it('bounds sees a member whose pool grows without end', () => {
  const hoard = (world: World): void =>
    world.call(() => {
      const { replica } = world.node(1);
      const load = { ...replica?.load, batches: 1_000_000 };
      Object.defineProperty(replica, 'load', { get: () => load });
    }, 500);
  expect(broken(hoard)).toBe('bounds');
});

it('storm sees members that answer everything twice', () => {
  const echo = (world: World): void => {
    for (const member of [1, 2]) {
      corrupt(world, [member], {
        name: 'echo',
        onPacket: (packet, from) => {
          for (let i = 0; i < 2; i++) world.send(member, from, packet);
          return true;
        },
      });
    }
  };
  expect(broken(echo)).toBe('storm');
});

describe('anchors', () => {
  it('sees an aggregator that forgets what it has sent', () => {
    const forgetful = (_: World, anchoring: Anchoring): void => {
      anchoring.keeps = () => false;
    };
    const faults = Array.from({ length: 60 }, (_, i) => ({
      kind: 'anchor-crash' as const,
      atMs: 300 + 30 * i,
      forMs: 1,
    }));
    expect(broken(forgetful, { faults, reportsPerSecond: 5 })).toBe('anchors');
    expect(broken(() => {}, { faults, reportsPerSecond: 5 })).toBeUndefined();
  });

  it('sees a checkpoint that is not of the log', () => {
    const liar = (_: World, anchoring: Anchoring): void => {
      anchoring.memoOf = ({ note, treeSize }) => note.replace(`\n${treeSize}\n`, `\n${treeSize - 1}\n`);
    };
    expect(broken(liar)).toBe('anchors');
  });

  it('sees a chain that never takes anything', () => {
    const closed = (_: World, anchoring: Anchoring): void => {
      Object.defineProperty(anchoring.chain, 'takes', { get: () => 0, set: () => {} });
    };
    expect(broken(closed)).toBe('anchor-liveness');
  });
});

it('liveness sees a network in which more than f are silent', () => {
  expect(broken((world) => corrupt(world, [1, 2], { name: 'mute', onSend: () => [] }))).toBe('liveness');
});

it('assertion and crash-free see a core that throws', () => {
  const throwing = (error: Error) => (world: World) =>
    world.call(() => {
      const replica = world.node(1).replica as unknown as { step: () => never };
      replica.step = () => {
        throw error;
      };
    }, 500);
  expect(broken(throwing(new AssertionError('canary')))).toBe('assertion');
  expect(broken(throwing(new TypeError('canary')))).toBe('crash-free');
});

it('the transcript hash sees a run that is not deterministic', () => {
  let runs = 0;
  const drift = (world: World): void => {
    runs += 1;
    const delayMs = 5 + runs;
    world.transmit = () => [world.nowMs + delayMs];
  };
  const [first, second] = [runPlan(QUIET, { prepare: drift }), runPlan(QUIET, { prepare: drift })];
  expect(first.transcriptHash).not.toBe(second.transcriptHash);
});
