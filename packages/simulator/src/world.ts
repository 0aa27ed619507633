import { type AuthenticationResult, authenticate, type ForkRule } from '@cairn/consensus';
import {
  assert,
  CairnError,
  type MemberIndex,
  type PublicKey,
  type Rng,
  Rng as SeededRng,
  type Signature,
} from '@cairn/primitives';
import {
  type AgreementMessage,
  decodeAgreementMessage,
  type FeedDefinition,
  type Genesis,
  networkIdOf,
} from '@cairn/protocol';
import { authenticateBatch, type BatchResult, type Commit, type JournalEntry, type ReplicaEvent } from '@cairn/replica';
import type { KeyShare, ThresholdScheme } from '@cairn/threshold';
import type { Checker } from './checkers/checker.ts';
import { EventQueue } from './event-queue.ts';
import { coveredBytes } from './positionless.ts';
import { type SimDoor, simDoor, simGenesis, WORLD_START_MS } from './sim-genesis.ts';
import type { LocalInput, Packet, SimHost, WriteFate } from './sim-host.ts';
import { SimNode } from './sim-node.ts';
import { toySign, toyVerify } from './toy-keys.ts';
import { Transcript } from './transcript.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly memberCount: number;
  readonly feeds: readonly FeedDefinition[];
  /** Real FROST, or the toy with the same state transitions. */
  readonly isRealFrost: boolean;
  readonly viewTimeoutMs?: number;
  readonly without?: ReadonlySet<ForkRule>;
  /** Keys whose signatures pass unread: for canaries. */
  readonly trusts?: (publicKey: PublicKey) => boolean;
  /** Members that checkers expect nothing of. */
  readonly byzantine?: ReadonlySet<MemberIndex>;
}

type WorldEvent =
  | { readonly kind: 'local'; readonly node: SimNode; readonly life: number; readonly input: LocalInput }
  | { readonly kind: 'packet'; readonly from: MemberIndex; readonly to: MemberIndex; readonly packet: Packet }
  | { readonly kind: 'call'; readonly label: string; readonly run: () => void };

/** A whole network on one thread and one virtual clock, under a seed. */
export class World {
  readonly genesis: Genesis;
  readonly nodes: readonly SimNode[];
  readonly honest: readonly SimNode[];
  readonly rng: Rng;
  readonly door: SimDoor;
  readonly sign: (publicKey: PublicKey, message: Uint8Array) => Signature;
  readonly scheme: ThresholdScheme;
  /** For Byzantine members, each of which may use its own. */
  readonly keyShares: readonly KeyShare[];
  readonly byzantine: ReadonlySet<MemberIndex>;
  readonly transcript = new Transcript();
  readonly checkers: Checker[] = [];
  readonly onCommit: ((member: MemberIndex, commit: Commit) => void)[] = [];
  readonly onEvent: ((member: MemberIndex, event: ReplicaEvent) => void)[] = [];
  readonly onHeal: (() => void)[] = [];
  readonly onCrash: ((member: MemberIndex, reason: string) => void)[] = [];
  /** Decides a packet's fate: times of arrival, one per delivery; empty: lost. */
  transmit: (from: MemberIndex, to: MemberIndex, packet: Packet) => readonly number[] = () => [this.nowMs + 1];
  /** Decides a write's fate. */
  writeFate: (member: MemberIndex, entries: readonly JournalEntry[]) => WriteFate = () => 'done';
  /** Asked before each send. @returns false: the process is killed here. */
  survivesSend: (member: MemberIndex) => boolean = () => true;
  readonly #makeNode: (self: MemberIndex) => SimNode;
  readonly #queue = new EventQueue<WorldEvent>(WORLD_START_MS);
  readonly #opened = new WeakMap<Uint8Array, AuthenticationResult<AgreementMessage>>();
  readonly #openedBatches = new WeakMap<Uint8Array, BatchResult>();

  constructor(options: WorldOptions) {
    this.rng = new SeededRng(options.seed);
    this.byzantine = options.byzantine ?? new Set();
    const { genesis, keyShares, scheme } = simGenesis(options);
    this.genesis = genesis;
    this.scheme = scheme;
    this.keyShares = keyShares;
    const { without } = options;
    const covered = coveredBytes(without ?? new Set(), networkIdOf(genesis)) ?? ((message: Uint8Array) => message);
    this.sign = (publicKey, message) => toySign(publicKey, covered(message));
    const { trusts = () => false } = options;
    this.door = simDoor(
      genesis,
      scheme,
      (publicKey, message, signature) => trusts(publicKey) || toyVerify(publicKey, covered(message), signature),
    );
    this.#makeNode = (self) => {
      const keyShare = keyShares[self] as KeyShare;
      const nodeOptions = { genesis, self, keyShare, packIntervalMs: 100, ...(without ? { without } : {}) };
      const node: SimNode = new SimNode(
        nodeOptions,
        this.#hostOf(self, () => node),
      );
      return node;
    };
    this.nodes = keyShares.map((_, self) => this.#makeNode(self));
    this.honest = this.nodes.filter(({ self }) => !this.byzantine.has(self));
  }

  /** A second process with a Byzantine member's keys and a disk of its own. Whoever asks for it feeds it packets. */
  twinOf(member: MemberIndex): SimNode {
    assert(this.byzantine.has(member), 'honest members run once');
    return this.#makeNode(member);
  }

  get nowMs(): number {
    return this.#queue.nowMs;
  }

  get networkId() {
    return this.door.networkId;
  }

  get startedMs(): number {
    return WORLD_START_MS;
  }

  get pendingCount(): number {
    return this.#queue.size;
  }

  /** Of honest members that are up. */
  get heights(): readonly number[] {
    return this.honest.flatMap((node) => (node.replica === null ? [] : [node.replica.height]));
  }

  node(member: MemberIndex): SimNode {
    return this.nodes[member] as SimNode;
  }

  call(run: () => void, delayMs: number, label = 'call'): void {
    this.#queue.schedule({ kind: 'call', label, run }, this.nowMs + delayMs);
  }

  start(member: MemberIndex): void {
    const node = this.node(member);
    this.transcript.add(`${this.nowMs} start ${member}`);
    node.start(this.nowMs);
    for (const other of this.nodes) if (other.self !== member) this.connect(member, other.self);
  }

  /** Both hear that the other is reachable. */
  connect(a: MemberIndex, b: MemberIndex): void {
    if (!this.node(a).isUp || !this.node(b).isUp) return;
    this.node(a).onPeer(b, this.nowMs);
    this.node(b).onPeer(a, this.nowMs);
  }

  startAll(): void {
    for (const { self } of this.nodes) this.start(self);
  }

  crash(member: MemberIndex, reason: string): void {
    if (!this.node(member).isUp) return;
    this.node(member).crash();
    this.#noteCrash(member, reason);
  }

  send(from: MemberIndex, to: MemberIndex, packet: Packet): void {
    for (const atMs of this.transmit(from, to, packet)) this.deliver(from, to, packet, atMs);
  }

  /** Past the network's model. */
  deliver(from: MemberIndex, to: MemberIndex, packet: Packet, atMs: number): void {
    this.#queue.schedule({ kind: 'packet', from, to, packet }, atMs);
  }

  /** One event, then every checker. @returns false when nothing is left to happen. */
  stepOnce(): boolean {
    const event = this.#queue.next();
    if (event === null) return false;
    this.#note(event);
    switch (event.kind) {
      case 'local': {
        const { node } = event;
        if (node.life === event.life) node.onLocal(event.input, this.nowMs);
        break;
      }
      case 'packet':
        this.node(event.to).onPacket(event.packet, event.from, this.nowMs);
        break;
      case 'call':
        event.run();
        break;
    }
    for (const checker of this.checkers) checker.afterEvent?.();
    return true;
  }

  /** Runs until `isDone`. @returns false after `withinMs` of virtual time, or when nothing is left to happen. */
  run(isDone: () => boolean, bounds: { readonly withinMs: number; readonly eventsMax?: number }): boolean {
    const deadline = this.nowMs + bounds.withinMs;
    const eventsMax = bounds.eventsMax ?? 3_000_000;
    for (let events = 0; !isDone(); events++) {
      if (this.nowMs > deadline || events >= eventsMax || !this.stepOnce()) return false;
    }
    return true;
  }

  /** Runs until `isDone`, or throws. */
  runUntil(isDone: () => boolean, bounds: { readonly withinMs: number; readonly eventsMax?: number }): void {
    assert(this.run(isDone, bounds), `not done within ${bounds.withinMs} virtual ms`);
  }

  openMessage(bytes: Uint8Array): AuthenticationResult<AgreementMessage> {
    let result = this.#opened.get(bytes);
    if (result === undefined) {
      result = this.#open(bytes);
      this.#opened.set(bytes, result);
    }
    return result;
  }

  #open(bytes: Uint8Array): AuthenticationResult<AgreementMessage> {
    try {
      return authenticate(decodeAgreementMessage(bytes), this.door);
    } catch (error) {
      // A peer's bytes may be refused only with a code.
      if (error instanceof CairnError) return { ok: false, fault: error.code };
      throw error;
    }
  }

  #openBatch(bytes: Uint8Array): BatchResult {
    let result = this.#openedBatches.get(bytes);
    if (result === undefined) {
      result = authenticateBatch(bytes, this.door);
      this.#openedBatches.set(bytes, result);
    }
    return result;
  }

  #hostOf(self: MemberIndex, node: () => SimNode): SimHost {
    const isHonest = !this.byzantine.has(self);
    const checkers = isHonest ? this.checkers : [];
    return {
      identity: { sign: this.sign, verify: this.door.verify },
      scheme: this.scheme,
      rng: this.rng.fork(self),
      door: this.door,
      nowMs: () => this.nowMs,
      send: (to, packet) => this.send(self, to, packet),
      loop: (input, delayMs) => {
        const event = { kind: 'local' as const, node: node(), life: node().life, input };
        this.#queue.schedule(event, this.nowMs + delayMs);
      },
      openMessage: (bytes) => this.openMessage(bytes),
      checkMessage: (message) => authenticate(message, this.door),
      openBatch: (bytes) => this.#openBatch(bytes),
      onWrite: (entries) => this.writeFate(self, entries),
      onSend: () => this.survivesSend(self),
      onCrash: (reason) => this.#noteCrash(self, reason),
      onDurable: (entries) => {
        for (const checker of checkers) checker.onDurable?.(self, entries);
      },
      onSealed: (message, to) => {
        for (const checker of checkers) checker.onSealed?.(self, message, to);
        if (message.kind !== 'certified-block') return;
        for (const checker of this.checkers) checker.onCertified?.(message.certified);
      },
      onSigned: (request, result) => {
        for (const checker of checkers) checker.onSigned?.(self, request, result);
      },
      onCommit: (commit) => {
        for (const listen of this.onCommit) listen(self, commit);
      },
      onEvent: (event) => {
        for (const listen of this.onEvent) listen(self, event);
      },
    };
  }

  #noteCrash(member: MemberIndex, reason: string): void {
    this.transcript.add(`${this.nowMs} down ${member}: ${reason}`);
    for (const listen of this.onCrash) listen(member, reason);
  }

  #note(event: WorldEvent): void {
    const at = this.nowMs - WORLD_START_MS;
    switch (event.kind) {
      case 'call':
        return this.transcript.add(`${at} ${event.label}`);
      case 'local':
        return this.transcript.add(`${at} ${event.node.self} ${nameOf(event.input)}`);
      case 'packet': {
        const { packet, from, to } = event;
        const bytes = packet.kind === 'agreement' || packet.kind === 'batch' ? packet.bytes : undefined;
        return this.transcript.add(`${at} ${from}>${to} ${this.#nameOfPacket(packet)}`, bytes);
      }
    }
  }

  #nameOfPacket(packet: Packet): string {
    if (packet.kind !== 'agreement') return packet.kind;
    const opened = this.#opened.get(packet.bytes);
    if (opened === undefined || !opened.ok) return 'agreement';
    const { message } = opened;
    if (message.kind === 'certified-block') return `certified-block ${message.certified.block.header.height}`;
    return `${message.kind} ${message.height}/${message.view} of ${message.member}`;
  }
}

function nameOf(input: LocalInput): string {
  switch (input.kind) {
    case 'timer':
      return `timer ${input.timer}`;
    case 'work':
      return `work ${input.request.kind}`;
    case 'own-message':
      return `own ${input.message.kind}`;
  }
}
