import { hash } from 'node:crypto';
import { assert, type MemberIndex } from '@cairn/primitives';
import type { AgreementMessage } from '@cairn/protocol';
import type { Packet } from '../sim-host.ts';
import type { World } from '../world.ts';
import type { MachineInput } from './machine.ts';

/** An input that can be given to a member, known by its number. */
export interface KnownInput {
  readonly input: MachineInput;
  /** In words, for a schedule that is printed. */
  readonly label: string;
}

/** Every packet and every input of an exploration, by number: equal contents, equal numbers. */
export class Messages {
  readonly #world: World;
  readonly #packets: Packet[] = [];
  readonly #packetIds = new Map<string, number>();
  readonly #inputs: KnownInput[] = [];
  readonly #inputIds = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  packetId(packet: Packet): number {
    const content = packet.kind === 'agreement' ? packet.bytes : JSON.stringify(packet);
    const key = `${packet.kind} ${hash('sha256', content, 'base64url')}`;
    let id = this.#packetIds.get(key);
    if (id === undefined) {
      id = this.#packets.push(packet) - 1;
      this.#packetIds.set(key, id);
    }
    return id;
  }

  packet(id: number): Packet {
    return this.#packets[id] as Packet;
  }

  /** @returns null for what is no valid agreement message. */
  message(id: number): AgreementMessage | null {
    const packet = this.packet(id);
    if (packet.kind !== 'agreement') return null;
    const opened = this.#world.openMessage(packet.bytes);
    return opened.ok ? opened.message : null;
  }

  /** The input that delivers a packet. */
  delivery(packetId: number, from: MemberIndex): number {
    const key = `${packetId} ${from}`;
    return this.#inputIds.get(key) ?? this.#add(key, this.#deliveryOf(packetId, from));
  }

  local(input: MachineInput & { readonly kind: 'timer' | 'crash' }): number {
    const label = input.kind === 'timer' ? `its ${input.timer} timer fires` : 'dies, and starts again';
    return this.#inputIds.get(label) ?? this.#add(label, { input, label });
  }

  input(id: number): KnownInput {
    return this.#inputs[id] as KnownInput;
  }

  #deliveryOf(packetId: number, from: MemberIndex): KnownInput {
    const packet = this.packet(packetId);
    return { input: { kind: 'packet', from, packet }, label: `gets from ${from} ${this.#describe(packetId)}` };
  }

  #describe(packetId: number): string {
    const message = this.message(packetId);
    if (message === null) return this.packet(packetId).kind;
    if (message.kind === 'certified-block')
      return `certified-block ${message.certified.certificate.blockHash.slice(0, 6)}`;
    const at = `${message.kind} of view ${message.view}`;
    switch (message.kind) {
      case 'proposal':
        return `${at} with block of time ${message.block.header.time % 100_000} of ${message.block.header.leader}`;
      case 'prepare-vote':
      case 'sign-request':
        return `${at} for ${message.blockHash.slice(0, 6)}`;
      case 'timeout-vote':
        return `${at} naming ${message.highView < 0 ? 'nothing' : `view ${message.highView}`}`;
      default:
        return at;
    }
  }

  #add(key: string, known: KnownInput): number {
    const id = this.#inputs.push(known) - 1;
    assert(id < 2 ** 20, 'fewer than a million inputs');
    this.#inputIds.set(key, id);
    return id;
  }
}
