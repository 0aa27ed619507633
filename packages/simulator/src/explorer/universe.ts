import { assert, type Hash, type MemberIndex } from '@cairn/primitives';
import { type AgreementMessage, encodeAgreementMessage, signRequestHash } from '@cairn/protocol';
import { Violation } from '../violation.ts';
import { LOCAL_STATES_MAX, type LocalState, LocalStates } from './local-states.ts';
import { MenuBook } from './menu.ts';
import { Messages } from './messages.ts';
import { type Setting, type SettingSize, settingOf } from './setting.ts';

/** Numbers of the honest members' states, in their order. */
export type Ids = readonly number[];

/** A message of the Byzantine member, and what gives it to each honest member that it may send it to. */
export interface Offer {
  readonly message: AgreementMessage;
  /** By honest slot; null: not to this one. */
  readonly inputs: readonly (number | null)[];
}

/** What an honest member sent to another. */
export interface Delivery {
  /** null: a request for a block, or a block. */
  readonly message: AgreementMessage | null;
  readonly fromSlot: number;
  readonly toSlot: number;
  readonly input: number;
}

interface Menu {
  readonly offers: readonly Offer[];
  readonly certified: ReadonlySet<Hash>;
}

/** What can happen next, as far as it depends on what was sent. */
export interface Enabled extends Menu {
  /** In the orderly way: blocks that are asked for, then earlier views first, then earlier steps of a view. */
  readonly deliveries: readonly Delivery[];
}

const ORDER: readonly AgreementMessage['kind'][] = [
  'proposal',
  'prepare-vote',
  'sign-request',
  'nonce-refusal',
  'signature-share',
  'certified-block',
  'timeout-vote',
];

/** What a schedule broke, and the schedule in words. */
export interface Broken {
  readonly invariant: string;
  readonly schedule: readonly string[];
}

/** The honest members' states, what was sent in them, and what can happen: shared by all ways to search. */
export class Universe {
  readonly setting: Setting;
  readonly members: readonly LocalStates[];
  readonly messages: Messages;
  readonly timer: number;
  readonly crash: number;
  readonly #menus: MenuBook;
  readonly #enabled = new Map<string, Enabled>();
  readonly #byHeard = new Map<string, Menu>();

  constructor(size: SettingSize) {
    this.setting = settingOf(size);
    this.messages = new Messages(this.setting.world);
    const shared = { messages: this.messages, sentIds: new Map<string, number>() };
    this.members = this.setting.honest.map((self) => new LocalStates(this.setting, self, shared));
    this.#menus = new MenuBook(this.setting);
    this.timer = this.messages.local({ kind: 'timer', timer: 'view' });
    this.crash = this.messages.local({ kind: 'crash' });
  }

  states(ids: Ids): readonly LocalState[] {
    return this.members.map((member, slot) => member.state(ids[slot] as number));
  }

  crashes(ids: Ids): number {
    return this.states(ids).reduce((sum, { crashes }) => sum + crashes, 0);
  }

  /** @returns the state after, or the invariant that is broken. A member that has committed is done. */
  after(ids: Ids, slot: number, input: number): Ids | string {
    const member = this.members[slot] as LocalStates;
    const id = ids[slot] as number;
    const { committed, view } = member.state(id);
    // Further views are beyond the bound.
    const isBeyond = input === this.timer && view >= this.setting.viewCount - 1;
    if (committed !== null || isBeyond) return ids;
    try {
      const next = member.next(id, input);
      return next === id ? ids : ids.with(slot, next);
    } catch (error) {
      return error instanceof Violation ? error.message : `the core threw ${String(error)}`;
    }
  }

  /** At most one certified block, in the hands of whomever. @returns what is broken. */
  fault(ids: Ids): string | null {
    const hashes = new Set(this.enabled(ids).certified);
    for (const { committed } of this.states(ids)) if (committed !== null) hashes.add(committed);
    return hashes.size < 2 ? null : 'one-block-per-height';
  }

  hasAllCommitted(ids: Ids): boolean {
    return this.states(ids).every(({ committed }) => committed !== null);
  }

  label(slot: number, input: number): string {
    return `${this.setting.honest[slot]} ${this.messages.input(input).label}`;
  }

  enabled(ids: Ids): Enabled {
    const states = this.states(ids);
    const key = states.map(({ sentId }) => sentId).join();
    let enabled = this.#enabled.get(key);
    if (enabled === undefined) {
      enabled = this.#enable(states.map(({ sent }) => sent));
      this.#enabled.set(key, enabled);
    }
    return enabled;
  }

  get size() {
    const sum = (of: (member: LocalStates) => number) => this.members.reduce((total, member) => total + of(member), 0);
    return {
      localStates: sum(({ count }) => count),
      localTransitions: sum(({ transitionCount }) => transitionCount),
      steps: sum(({ steps }) => steps),
    };
  }

  #enable(sent: readonly (readonly number[])[]): Enabled {
    const { honest, rogue } = this.setting;
    const heard: number[] = [];
    const deliveries: Delivery[] = [];
    for (const [fromSlot, packets] of sent.entries()) {
      const from = honest[fromSlot] as MemberIndex;
      for (const packed of packets) {
        const [id, bits] = [Math.floor(packed / 16), packed % 16];
        const message = this.messages.message(id);
        if (message !== null && (bits & (1 << rogue)) !== 0) heard.push(id);
        for (const [toSlot, to] of honest.entries()) {
          const isTo = (bits & (1 << to)) !== 0 && !this.#hasRefused(sent[toSlot] ?? [], message);
          if (isTo) deliveries.push({ message, fromSlot, toSlot, input: this.messages.delivery(id, from) });
        }
      }
    }
    const rank = ({ message, fromSlot, toSlot }: Delivery) => (stageOf(message) * 4 + fromSlot) * 4 + toSlot;
    deliveries.sort((a, b) => rank(a) - rank(b) || a.input - b.input);
    return { deliveries, ...this.#menuOf(heard.sort((a, b) => a - b)) };
  }

  /** A SignRequest that was refused, its nonce being dead, would be refused again, without end: one refusal stands for all. */
  #hasRefused(sent: readonly number[], request: AgreementMessage | null): boolean {
    if (request?.kind !== 'sign-request') return false;
    const hash = signRequestHash(request);
    return sent.some((packed) => {
      const message = this.messages.message(Math.floor(packed / 16));
      return message?.kind === 'nonce-refusal' && message.signRequestHash === hash;
    });
  }

  #menuOf(heard: readonly number[]): Menu {
    const key = heard.join();
    let menu = this.#byHeard.get(key);
    if (menu === undefined) {
      const messages = heard.map((id) => this.messages.message(id)).filter((message) => message !== null);
      const { offers, certified } = this.#menus.menuOf(messages);
      menu = { offers: this.#offersOf(offers), certified };
      this.#byHeard.set(key, menu);
    }
    return menu;
  }

  #offersOf(offers: readonly { readonly to: MemberIndex; readonly message: AgreementMessage }[]): Offer[] {
    const { honest, rogue } = this.setting;
    const byPacket = new Map<number, { message: AgreementMessage; inputs: (number | null)[] }>();
    for (const { to, message } of offers) {
      const id = this.messages.packetId({ kind: 'agreement', bytes: encodeAgreementMessage(message) });
      const offer = byPacket.get(id) ?? { message, inputs: honest.map(() => null) };
      offer.inputs[honest.indexOf(to)] = this.messages.delivery(id, rogue);
      byPacket.set(id, offer);
    }
    return [...byPacket.values()];
  }
}

function stageOf(message: AgreementMessage | null): number {
  if (message === null) return -1;
  const view = message.kind === 'certified-block' ? message.certified.certificate.view : message.view;
  return view * ORDER.length + ORDER.indexOf(message.kind);
}

/** Three states, and a small number beside them, as one number. */
export function keyOf(ids: Ids, beside = 0): number {
  return ids.reduce((key, id) => key * LOCAL_STATES_MAX + id, beside);
}

export function partsOf(key: number): { readonly ids: Ids; readonly beside: number } {
  const ids: number[] = [];
  let rest = key;
  for (let i = 0; i < 3; i++) {
    ids.unshift(rest % LOCAL_STATES_MAX);
    rest = Math.floor(rest / LOCAL_STATES_MAX);
  }
  assert(rest < 2 ** 8, 'a small number beside');
  return { ids, beside: rest };
}
