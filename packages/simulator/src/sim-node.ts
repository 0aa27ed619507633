import type { AuthenticationResult, ForkRule } from '@cairn/consensus';
import {
  type Authenticated,
  assert,
  type Hash,
  type MemberIndex,
  type PublicKey,
  type Signature,
} from '@cairn/primitives';
import {
  type AgreementMessage,
  type Batch,
  encodeAgreementMessage,
  type Genesis,
  sealBatch,
  sealCredit,
  sealMessage,
  type UnsignedAgreement,
} from '@cairn/protocol';
import {
  type Input,
  type JournalEntry,
  type Outbound,
  type PendingItem,
  Replica,
  Signer,
  type Step,
  type TimerName,
  type WorkRequest,
} from '@cairn/replica';
import type { KeyShare } from '@cairn/threshold';
import type { Behaviour } from './adversaries/behaviour.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Newcomer } from './newcomer.ts';
import type { LocalInput, Packet, SimHost } from './sim-host.ts';
import { SimServer } from './sim-server.ts';

export interface SimNodeOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly keyShare: KeyShare;
  readonly packIntervalMs: number;
  readonly without?: ReadonlySet<ForkRule>;
}

interface Sealed {
  readonly message: AgreementMessage;
  readonly bytes: Uint8Array;
}

/** One member in the simulator: the host that carries out what `Replica.step` returns, on virtual time. */
export class SimNode {
  readonly self: MemberIndex;
  readonly disk: MemoryDisk;
  readonly #options: SimNodeOptions;
  readonly #host: SimHost;
  #running: { readonly replica: Replica; readonly signer: Signer } | null = null;
  #life = 0;
  /** Of a Byzantine member; null: honest. */
  behaviour: Behaviour | null = null;
  /** Fetches the snapshot that this member begins with; null: it began, or begins with block 1. */
  newcomer: Newcomer | null = null;
  /** What its clock shows beyond the true time. */
  clockOffsetMs = 0;
  readonly #timers = new Map<TimerName, number>();
  #timerSetting = 0;
  readonly #answers = new Map<number, Hash[]>();
  #request = 0;
  readonly #server: SimServer;
  readonly #sealed = new WeakMap<UnsignedAgreement, Sealed>();

  constructor(options: SimNodeOptions, host: SimHost) {
    this.#options = options;
    this.#host = host;
    this.self = options.self;
    this.disk = new MemoryDisk(options.genesis, options.self);
    const { epochBlocks } = options.genesis.parameters;
    this.#server = new SimServer({ epochBlocks }, { disk: this.disk, host });
  }

  get replica(): Replica | null {
    return this.#running?.replica ?? null;
  }

  get life(): number {
    return this.#life;
  }

  get heldNonceCount(): number {
    return this.#running?.signer.heldNonceCount ?? 0;
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  start(trueMs: number): void {
    const atMs = trueMs + this.clockOffsetMs;
    assert(this.#running === null, 'a member runs once');
    const { genesis, self, keyShare, packIntervalMs, without } = this.#options;
    const verifyGroupSignature = this.#host.scheme.verifySignature;
    const replica = new Replica(
      { genesis, self, packIntervalMs, ...(without ? { without } : {}) },
      this.disk.restore(),
      { verifyGroupSignature },
    );
    const signer = new Signer(
      { keyShare, verificationShares: genesis.verificationShares, ...(without ? { without } : {}) },
      { scheme: this.#host.scheme, randomBytes: (length) => this.#host.rng.bytes(length) },
    );
    this.#running = { replica, signer };
    this.#life += 1;
    this.#carryOut(replica.start(atMs));
  }

  /** Everything that was not journaled is gone. */
  crash(): void {
    this.#running = null;
    this.#timers.clear();
  }

  /** @returns ids that were acknowledged: durable, whatever happens to this process. */
  submit(items: readonly PendingItem[], atMs: number): readonly Hash[] {
    if (this.#running === null) return [];
    const request = this.#request++;
    this.#input({ kind: 'items', atMs, request, items: items as readonly Authenticated<PendingItem>[] });
    const accepted = this.#answers.get(request) ?? [];
    this.#answers.clear();
    return accepted;
  }

  onPeer(member: MemberIndex, atMs: number): void {
    if (this.#running !== null) this.#input({ kind: 'peer-connected', atMs, member });
  }

  onLocal(input: LocalInput, atMs: number): void {
    if (this.#running === null) return;
    switch (input.kind) {
      case 'own-message':
        return this.#onAgreement(this.#host.checkMessage(input.message), this.self, atMs);
      case 'timer':
        if (this.#timers.get(input.timer) !== input.setting) return;
        this.#timers.delete(input.timer);
        return this.#input({ kind: 'timer', atMs, timer: input.timer });
      case 'work':
        return this.#work(input.request, atMs);
    }
  }

  onPacket(packet: Packet, from: MemberIndex, atMs: number): void {
    // A newcomer is no member yet: nothing of it runs.
    if (packet.kind === 'sync-answer') return this.newcomer?.onAnswer(packet, from);
    if (this.#running === null || this.behaviour?.onPacket?.(packet, from) === false) return;
    switch (packet.kind) {
      case 'agreement':
        return this.#onAgreement(this.#host.openMessage(packet.bytes), from, atMs);
      case 'batch': {
        const result = this.#host.openBatch(packet.bytes);
        if (result.ok) this.#input({ kind: 'batch', atMs, from, batch: result.batch });
        else if (result.evidence !== null) this.#input({ kind: 'evidence', atMs, evidence: result.evidence });
        return;
      }
      case 'block':
        return this.#input({ kind: 'block', atMs, block: packet.block });
      case 'fetch-block': {
        const block = this.#running.replica.candidate(packet.hash);
        if (block !== undefined) this.#host.send(from, { kind: 'block', block });
        return;
      }
      case 'fetch-batches':
      case 'fetch-certified':
      case 'sync-request':
        return this.#server.serve(packet, from, atMs);
    }
  }

  #onAgreement(result: AuthenticationResult<AgreementMessage>, from: MemberIndex, atMs: number): void {
    if (result.ok) this.#input({ kind: 'message', atMs, from, message: result.message });
  }

  #input(input: Input): void {
    assert(this.#running !== null, 'only a running member takes input');
    const own = { ...input, atMs: input.atMs + this.clockOffsetMs };
    if (this.behaviour === null) return this.#carryOut(this.#running.replica.step(own));
    let step: Step;
    try {
      step = this.#running.replica.step(own);
    } catch {
      // A liar's own engine may lose its way in the lies.
      return this.#die('lost its way');
    }
    this.#carryOut(step);
  }

  /** Journal, answers, messages, timers, work, commits, events: in this order. */
  #carryOut(step: Step): void {
    if (!this.#write(step.journal)) return;
    for (const answer of step.answers) {
      const accepted = answer.verdicts.filter(({ code }) => code === null).map(({ id }) => id);
      this.#answers.set(answer.request, accepted);
    }
    for (const outbound of step.send) {
      if (!this.#host.onSend()) return this.#die('killed while sending');
      this.#send(outbound);
    }
    for (const command of step.timers) {
      if (command.kind === 'cancel') this.#timers.delete(command.timer);
      else this.#setTimer(command.timer, command.delayMs);
    }
    for (const request of step.work) this.#host.loop({ kind: 'work', request }, 1);
    for (const commit of step.commits) this.#host.onCommit(commit);
    for (const event of step.events) this.#host.onEvent(event);
  }

  /** @returns false when the process ended here. */
  #write(entries: readonly JournalEntry[]): boolean {
    if (entries.length === 0) return true;
    const fate = this.#host.onWrite(entries);
    if (fate === 'torn') this.disk.tear(entries);
    if (fate === 'done' || fate === 'kept') {
      this.disk.append(entries);
      this.#host.onDurable(entries);
    }
    if (fate === 'done') return true;
    this.#die(`at a write: ${fate}`);
    return false;
  }

  #die(reason: string): void {
    this.crash();
    this.#host.onCrash(reason);
  }

  #setTimer(timer: TimerName, delayMs: number): void {
    const setting = ++this.#timerSetting;
    this.#timers.set(timer, setting);
    this.#host.loop({ kind: 'timer', timer, setting }, delayMs);
  }

  #send(outbound: Outbound): void {
    switch (outbound.kind) {
      case 'agreement':
        return this.#sendAgreement(outbound.message, outbound.to);
      case 'gossip':
        return this.#sendAgreement(
          outbound.message,
          this.#host.door.committee.members.map(({ index }) => index),
        );
      case 'batch':
        for (const member of this.#others(outbound.batch)) this.#server.sendBatch(outbound.batch, member);
        return;
      case 'fetch-batches':
        return this.#ask(outbound.from, { kind: 'fetch-batches', ids: outbound.ids });
      case 'fetch-block':
        return this.#ask(outbound.from, { kind: 'fetch-block', hash: outbound.hash });
      case 'fetch-certified':
        return this.#ask(outbound.from.slice(0, 1), {
          kind: 'fetch-certified',
          fromHeight: outbound.fromHeight,
          toHeight: outbound.toHeight,
        });
      case 'send-certified':
        return this.#server.answerWithCertified(outbound.to, outbound.height);
    }
  }

  #sendAgreement(message: UnsignedAgreement, to: readonly MemberIndex[]): void {
    const sendings = this.behaviour?.onSend?.({ message, to }) ?? [{ message, to }];
    for (const sending of sendings) this.#sealAndSend(sending.message, sending.to);
  }

  #sealAndSend(unsigned: UnsignedAgreement, to: readonly MemberIndex[]): void {
    const { message, bytes } = this.#seal(unsigned);
    this.#host.onSealed(message, to);
    for (const member of to) {
      if (member === this.self) this.#host.loop({ kind: 'own-message', message }, 0);
      else this.#host.send(member, { kind: 'agreement', bytes });
    }
  }

  /** What is sent again is the same object, and sealed once. */
  #seal(unsigned: UnsignedAgreement): Sealed {
    let sealed = this.#sealed.get(unsigned);
    if (sealed === undefined) {
      const message = sealMessage(this.#host.door.networkId, unsigned, (bytes) => this.#sign(bytes));
      sealed = { message, bytes: encodeAgreementMessage(message) };
      this.#sealed.set(unsigned, sealed);
    }
    return sealed;
  }

  #sign(bytes: Uint8Array): Signature {
    const { identity, door } = this.#host;
    return identity.sign(door.committee.members[this.self]?.identityKey as PublicKey, bytes);
  }

  #others(batch: Batch): readonly MemberIndex[] {
    const { members } = this.#host.door.committee;
    const others = members.map(({ index }) => index).filter((index) => index !== this.self);
    return this.behaviour?.onBatch?.(batch, others) ?? others;
  }

  #ask(members: readonly MemberIndex[], packet: Packet): void {
    for (const member of members) this.#host.send(member, packet);
  }

  #work(request: WorkRequest, atMs: number): void {
    assert(this.#running !== null, 'work is done for the living');
    if (request.kind === 'seal-batch') {
      const batch = sealBatch(request.body, (bytes) => this.#sign(bytes));
      return this.#input({ kind: 'work-done', atMs, result: { kind: 'batch-sealed', batch } });
    }
    if (request.kind === 'seal-credits') {
      const { networkId } = this.#host.door;
      const credits = request.votes.map((vote) => sealCredit(networkId, vote, (bytes) => this.#sign(bytes)));
      return this.#input({ kind: 'work-done', atMs, result: { kind: 'credits-sealed', credits } });
    }
    const result = this.#running.signer.handle(request);
    if (result !== null) this.#host.onSigned(request, result);
    if (result !== null) this.#input({ kind: 'work-done', atMs, result });
  }
}
