import { sha256Hash } from '@cairn/crypto';
import { fromHex, type Hash, type MemberIndex, type Rng, utf8 } from '@cairn/primitives';
import type { JournalEntry, TimerName } from '@cairn/replica';
import type { Checker } from '../checkers/checker.ts';
import { Convictions, HonestVotes, NonceOnce, ReExecution } from '../checkers/index.ts';
import type { LocalInput, Packet, SimHost } from '../sim-host.ts';
import { SimNode } from '../sim-node.ts';
import { digestOf } from './digest.ts';
import { PRIVATE_PREFIX } from './private-fields.ts';
import type { Setting } from './setting.ts';

/** What can happen to one honest member. */
export type MachineInput =
  | { readonly kind: 'packet'; readonly from: MemberIndex; readonly packet: Packet }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  /** The process dies, and starts again from its journal. */
  | { readonly kind: 'crash' };

/** A packet that a machine sent, and to whom. */
export interface Sent {
  readonly packet: Packet;
  readonly to: MemberIndex;
}

/**
 * One honest member as the simulator runs it: the replica, its signer, its host and its journal. What it does within
 * itself (its own messages, its signer's work) happens at once; everything else is the schedule's.
 */
export class Machine {
  readonly node: SimNode;
  readonly sent: Sent[] = [];
  /** Of the explored height, once committed. */
  committed: Hash | null = null;
  crashes = 0;
  readonly #setting: Setting;
  readonly #self: MemberIndex;
  readonly #checkers: readonly Checker[];
  readonly #inner: LocalInput[] = [];
  readonly #timers = new Map<TimerName, number>();
  /** How many nonces were drawn, by life and view: a nonce is named by where it was drawn. */
  readonly #draws = new Map<string, number>();
  #drawView = 0;

  constructor(setting: Setting, self: MemberIndex) {
    this.#setting = setting;
    this.#self = self;
    const { world, without, rogue } = setting;
    const { genesis } = world;
    const keyShare = world.keyShares[self];
    if (keyShare === undefined) throw new RangeError(`no member ${self}`);
    const ofVotes = without.size === 0 ? [new HonestVotes()] : [];
    this.#checkers = [...ofVotes, new NonceOnce(), new Convictions(new Set([rogue]))];
    this.node = new SimNode({ genesis, self, keyShare, packIntervalMs: 100, without }, this.#host());
    this.node.disk.append(setting.disks.get(self) ?? []);
    this.node.start(setting.nowMs);
    this.#settle();
  }

  apply(input: MachineInput): void {
    const { nowMs } = this.#setting;
    switch (input.kind) {
      case 'packet':
        this.node.onPacket(input.packet, input.from, nowMs);
        break;
      case 'timer': {
        const setting = this.#timers.get(input.timer);
        if (setting !== undefined) this.node.onLocal({ kind: 'timer', timer: input.timer, setting }, nowMs);
        break;
      }
      case 'crash':
        this.crashes += 1;
        this.#inner.length = 0;
        this.#timers.clear();
        this.node.crash();
        this.node.start(nowMs);
        break;
    }
    this.#settle();
  }

  get view(): number {
    return this.node.replica?.view ?? 0;
  }

  /**
   * Of all that its future depends on. Left out: what agreement on this height does not read (pool, gateway, accuser,
   * catching up; nothing of them happens here), executed blocks (their hashes say it), and delays (timers fire whenever).
   */
  digest(): string {
    const inner = this.node as unknown as Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
    const running = inner[`${PRIVATE_PREFIX}running`];
    const replica = (running?.replica ?? {}) as Readonly<Record<string, unknown>>;
    const desk = (replica[`${PRIVATE_PREFIX}desk`] ?? {}) as Readonly<Record<string, unknown>>;
    const executed = desk[`${PRIVATE_PREFIX}executed`] as ReadonlyMap<Hash, unknown>;
    const timers = inner[`${PRIVATE_PREFIX}timers`] as unknown as ReadonlyMap<TimerName, unknown>;
    const seen = [
      replica[`${PRIVATE_PREFIX}agreement`],
      replica[`${PRIVATE_PREFIX}halted`],
      desk,
      [...executed.keys()].sort(),
      running?.signer,
      [...timers.keys()].sort(),
      this.node.disk.restore().voting,
      this.crashes,
      [...this.#draws].sort(),
    ];
    return digestOf(seen, LEFT_OUT);
  }

  #settle(): void {
    for (let input = this.#inner.shift(); input !== undefined; input = this.#inner.shift()) {
      if (input.kind === 'work' && 'view' in input.request) this.#drawView = input.request.view;
      if (input.kind === 'work' && input.request.kind === 'sign') this.#drawView = input.request.request.view;
      this.node.onLocal(input, this.#setting.nowMs);
      if (this.committed !== null) return;
    }
  }

  /** An independent follower, from the first block on. */
  #executeAgain(entries: readonly JournalEntry[]): void {
    const { genesis, door, scheme } = this.#setting.world;
    const follower = new ReExecution(genesis, door, scheme);
    follower.onDurable(this.#self, [...(this.#setting.disks.get(this.#self) ?? []), ...entries]);
  }

  #draw(length: number): Uint8Array {
    const place = `${this.crashes}/${this.#drawView}`;
    const count = this.#draws.get(place) ?? 0;
    this.#draws.set(place, count + 1);
    const half = fromHex(sha256Hash(utf8(`nonce ${this.#self}/${place}/${count}`)), 32);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) bytes.set(half.subarray(0, Math.min(32, length - at)), at);
    return bytes;
  }

  #host(): SimHost {
    const { world, nowMs } = this.#setting;
    return {
      identity: { sign: world.sign, verify: world.door.verify },
      scheme: world.scheme,
      rng: { bytes: (length: number) => this.#draw(length) } as unknown as Rng,
      door: world.door,
      nowMs: () => nowMs,
      send: (to, packet) => this.sent.push({ packet, to }),
      loop: (input) => {
        if (input.kind === 'timer') this.#timers.set(input.timer, input.setting);
        else this.#inner.push(input);
      },
      openMessage: (bytes) => world.openMessage(bytes),
      checkMessage: (message) => ({ ok: true, message: message as never }),
      openBatch: () => ({ ok: false, fault: 'no batches' }) as never,
      onWrite: () => 'done',
      onSend: () => true,
      onCrash: () => {},
      onDurable: (entries) => {
        for (const checker of this.#checkers) checker.onDurable?.(this.#self, entries);
        if (entries.some(({ kind }) => kind === 'certified')) this.#executeAgain(entries);
      },
      onSealed: (message, to) => {
        for (const checker of this.#checkers) checker.onSealed?.(this.#self, message, to);
      },
      onSigned: (request, result) => {
        for (const checker of this.#checkers) checker.onSigned?.(this.#self, request, result);
      },
      onCommit: (commit) => {
        this.committed = commit.blockHash;
      },
      onEvent: () => {},
    };
  }
}

const LEFT_OUT: ReadonlySet<string> = new Set(
  ['options', 'pool', 'chain', 'draft', 'executed', 'resendDelayMs', 'dependencies', 'sessionsCache'].map(
    (name) => `${PRIVATE_PREFIX}${name}`,
  ),
);
