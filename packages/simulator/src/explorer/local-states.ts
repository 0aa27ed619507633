import type { Hash, MemberIndex } from '@cairn/primitives';
import { Machine } from './machine.ts';
import type { Messages } from './messages.ts';
import type { Setting } from './setting.ts';

/** One state of one honest member, with one way that leads to it. */
export interface LocalState {
  readonly id: number;
  readonly from: number;
  readonly input: number;
  /** Everything it ever sent: packet number times 16 plus the recipients as bits; sorted. */
  readonly sent: readonly number[];
  readonly sentId: number;
  readonly view: number;
  readonly crashes: number;
  readonly committed: Hash | null;
}

/** Most that fits: three of them and eight bits make one number below 2^53. */
export const LOCAL_STATES_MAX = 2 ** 15;

/**
 * The states of one member, and what each input does in each. A member's step depends on nothing but its own state and
 * the input, so each is run once, however many global states it is part of: again from the start, then the input.
 */
export class LocalStates {
  readonly self: MemberIndex;
  readonly #setting: Setting;
  readonly #messages: Messages;
  readonly #states: LocalState[] = [];
  readonly #byDigest = new Map<string, number>();
  readonly #sentIds: Map<string, number>;
  readonly #next = new Map<number, number>();
  /** Steps of the real code that were run, replays included. */
  steps = 0;

  /** @param sentIds numbers of sets of sent packets, shared by all members. */
  constructor(setting: Setting, self: MemberIndex, shared: { messages: Messages; sentIds: Map<string, number> }) {
    this.#setting = setting;
    this.self = self;
    this.#messages = shared.messages;
    this.#sentIds = shared.sentIds;
    this.#intern(new Machine(setting, self), -1, -1);
  }

  get count(): number {
    return this.#states.length;
  }

  get transitionCount(): number {
    return this.#next.size;
  }

  state(id: number): LocalState {
    return this.#states[id] as LocalState;
  }

  /** @returns the state that this input leads to; the same one when it changes nothing. */
  next(id: number, input: number): number {
    const key = id * 2 ** 20 + input;
    let found = this.#next.get(key);
    if (found === undefined) {
      const machine = this.#replay(id);
      this.#apply(machine, input);
      found = this.#intern(machine, id, input);
      this.#next.set(key, found);
    }
    return found;
  }

  #replay(id: number): Machine {
    const machine = new Machine(this.#setting, this.self);
    const inputs: number[] = [];
    for (let state = this.state(id); state.from >= 0; state = this.state(state.from)) inputs.push(state.input);
    for (const input of inputs.reverse()) this.#apply(machine, input);
    return machine;
  }

  #apply(machine: Machine, input: number): void {
    this.steps += 1;
    machine.apply(this.#messages.input(input).input);
  }

  #intern(machine: Machine, from: number, input: number): number {
    const sent = this.#sentBy(machine);
    const sentKey = sent.join();
    const digest = machine.committed ?? machine.digest();
    const key = `${digest} ${sentKey}`;
    const known = this.#byDigest.get(key);
    if (known !== undefined) return known;
    const id = this.#states.length;
    if (id >= LOCAL_STATES_MAX) throw new RangeError('one member has too many states for this explorer');
    let sentId = this.#sentIds.get(sentKey);
    if (sentId === undefined) {
      sentId = this.#sentIds.size;
      this.#sentIds.set(sentKey, sentId);
    }
    const { view, crashes, committed } = machine;
    this.#states.push({ id, from, input, sent, sentId, view, crashes, committed });
    this.#byDigest.set(key, id);
    return id;
  }

  #sentBy(machine: Machine): number[] {
    const recipients = new Map<number, number>();
    for (const { packet, to } of machine.sent) {
      const id = this.#messages.packetId(packet);
      recipients.set(id, (recipients.get(id) ?? 0) | (1 << to));
    }
    return [...recipients].map(([id, bits]) => id * 16 + bits).sort((a, b) => a - b);
  }
}
