import type { Door, ForkRule } from '@cairn/consensus';
import { assert, type MemberIndex, type PublicKey, quorumOf, Rng, ZERO_HASH } from '@cairn/primitives';
import { type FeedDefinition, type Genesis, genesisCommittee, networkIdOf } from '@cairn/protocol';
import type { Commit, ReplicaEvent } from '@cairn/replica';
import { frostScheme, type KeyShare, type ThresholdScheme } from '@cairn/threshold';
import { dealShares } from '@cairn/threshold/testing';
import { dealToyShares, toyScheme } from '@cairn/threshold/toy';
import { EventQueue } from './event-queue.ts';
import { type LocalInput, type Packet, SimNode } from './sim-node.ts';
import { toyPublicKey, toySign, toyVerify } from './toy-keys.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly memberCount: number;
  readonly feeds: readonly FeedDefinition[];
  /** Real FROST, or the toy with the same state transitions. */
  readonly isRealFrost: boolean;
  readonly without?: ReadonlySet<ForkRule>;
}

type WorldEvent =
  | { readonly kind: 'local'; readonly to: MemberIndex; readonly life: number; readonly input: LocalInput }
  | { readonly kind: 'packet'; readonly from: MemberIndex; readonly to: MemberIndex; readonly packet: Packet }
  | { readonly kind: 'call'; readonly run: () => void };

export const WORLD_START_MS = 1_700_000_000_000;

/** A whole network on one thread and one virtual clock, under a seed. */
export class World {
  readonly genesis: Genesis;
  readonly nodes: readonly SimNode[];
  readonly rng: Rng;
  readonly door: Door;
  readonly #queue = new EventQueue<WorldEvent>(WORLD_START_MS);
  /** Every commit of every member, in order. */
  readonly onCommit: ((member: MemberIndex, commit: Commit) => void)[] = [];
  readonly onEvent: ((member: MemberIndex, event: ReplicaEvent) => void)[] = [];
  /** Decides a packet's fate: delays in ms, one per delivery; empty: lost. */
  transmit: (from: MemberIndex, to: MemberIndex, packet: Packet) => readonly number[] = () => [1];

  constructor(options: WorldOptions) {
    this.rng = new Rng(options.seed);
    const { genesis, keyShares, scheme } = simGenesis(options);
    this.genesis = genesis;
    this.door = {
      networkId: networkIdOf(genesis),
      committee: genesisCommittee(genesis),
      quorum: quorumOf(options.memberCount),
      epochBlocks: genesis.parameters.epochBlocks,
      verify: toyVerify,
      isValidCommitment: (points) => scheme.isValidCommitment(points),
    };
    const { without } = options;
    this.nodes = keyShares.map((keyShare, self) => {
      const nodeOptions = { genesis, self, keyShare, packIntervalMs: 100, ...(without ? { without } : {}) };
      const host = {
        identity: { sign: toySign, verify: toyVerify },
        scheme,
        rng: this.rng.fork(self),
        door: this.door,
        send: (to: MemberIndex, packet: Packet) => this.#transmit(self, to, packet),
        loop: (input: LocalInput, delayMs: number) => {
          const { life } = this.nodes[self] as SimNode;
          this.#queue.schedule({ kind: 'local', to: self, life, input }, this.nowMs + delayMs);
        },
        onCommit: (commit: Commit) => {
          for (const listen of this.onCommit) listen(self, commit);
        },
        onEvent: (event: ReplicaEvent) => {
          for (const listen of this.onEvent) listen(self, event);
        },
      };
      return new SimNode(nodeOptions, host);
    });
  }

  get nowMs(): number {
    return this.#queue.nowMs;
  }

  get networkId() {
    return this.door.networkId;
  }

  call(run: () => void, delayMs: number): void {
    this.#queue.schedule({ kind: 'call', run }, this.nowMs + delayMs);
  }

  start(member: MemberIndex): void {
    const node = this.nodes[member] as SimNode;
    node.start(this.nowMs);
    for (const other of this.nodes) {
      if (other.self === member || !other.isUp) continue;
      node.onPeer(other.self, this.nowMs);
      other.onPeer(member, this.nowMs);
    }
  }

  startAll(): void {
    for (const { self } of this.nodes) this.start(self);
  }

  /** One event. @returns false when nothing is left to happen. */
  stepOnce(): boolean {
    const event = this.#queue.next();
    if (event === null) return false;
    switch (event.kind) {
      case 'local': {
        const node = this.nodes[event.to] as SimNode;
        if (node.life === event.life) node.onLocal(event.input, this.nowMs);
        break;
      }
      case 'packet':
        (this.nodes[event.to] as SimNode).onPacket(event.packet, event.from, this.nowMs);
        break;
      case 'call':
        event.run();
        break;
    }
    return true;
  }

  /** Runs until `isDone`, or throws after `withinMs` of virtual time or `eventsMax` events. */
  runUntil(isDone: () => boolean, bounds: { readonly withinMs: number; readonly eventsMax?: number }): void {
    const deadline = this.nowMs + bounds.withinMs;
    const eventsMax = bounds.eventsMax ?? 5_000_000;
    for (let events = 0; !isDone(); events++) {
      const isAlive = this.stepOnce();
      assert(isAlive, 'nothing is left to happen');
      assert(this.nowMs <= deadline, `not done within ${bounds.withinMs} virtual ms`);
      assert(events < eventsMax, `not done within ${eventsMax} events`);
    }
  }

  /** Of members that are up. */
  get heights(): readonly number[] {
    return this.nodes.flatMap((node) => (node.replica === null ? [] : [node.replica.height]));
  }

  #transmit(from: MemberIndex, to: MemberIndex, packet: Packet): void {
    for (const delayMs of this.transmit(from, to, packet)) {
      this.#queue.schedule({ kind: 'packet', from, to, packet }, this.nowMs + delayMs);
    }
  }
}

function simGenesis(options: WorldOptions): {
  readonly genesis: Genesis;
  readonly keyShares: readonly KeyShare[];
  readonly scheme: ThresholdScheme;
} {
  const { memberCount } = options;
  const sizes = { threshold: quorumOf(memberCount).certified, memberCount };
  const dealt = options.isRealFrost
    ? dealShares(sizes, new Rng(options.seed))
    : dealToyShares(sizes, new Rng(options.seed));
  const genesis: Genesis = {
    rulesVersion: 1,
    networkName: 'sim',
    createdAt: WORLD_START_MS - 1000,
    members: Array.from({ length: memberCount }, (_, index) => ({
      name: `member-${index}`,
      identityKey: memberKey(index),
      addresses: [],
    })),
    parameters: { blockIntervalMs: 100, viewTimeoutMs: 1000, viewTimeoutMsMax: 16_000, epochBlocks: 8 },
    feeds: options.feeds,
    recoveryKeys: [],
    recoveryThreshold: 0,
    ceremonyId: ZERO_HASH,
    transcriptHash: ZERO_HASH,
    groupKey: dealt.groupKey,
    verificationShares: dealt.verificationShares,
  };
  return { genesis, keyShares: dealt.keyShares, scheme: options.isRealFrost ? frostScheme : toyScheme };
}

/** A member's toy identity key. */
export function memberKey(index: MemberIndex): PublicKey {
  return toyPublicKey(`member-${index}`);
}
