import { authenticate, type Door, type ForkRule } from '@cairn/consensus';
import {
  type Authenticated,
  assert,
  type Hash,
  type MemberIndex,
  type PublicKey,
  type Rng,
  type Signature,
} from '@cairn/primitives';
import {
  type AgreementMessage,
  type Batch,
  type Block,
  batchSigningBytes,
  decodeAgreementMessage,
  encodeAgreementMessage,
  encodeBatchBody,
  type Genesis,
  sealBatch,
  sealMessage,
  type UnsignedAgreement,
} from '@cairn/protocol';
import {
  authenticateBatch,
  type Commit,
  type Input,
  type Outbound,
  type PendingItem,
  Replica,
  type ReplicaEvent,
  Signer,
  type Step,
  type TimerName,
  type WorkRequest,
} from '@cairn/replica';
import type { KeyShare, ThresholdScheme } from '@cairn/threshold';
import { MemoryDisk } from './memory-disk.ts';

/** How members sign and are checked: real Ed25519, or the toy of volume runs. */
export interface IdentityScheme {
  readonly sign: (publicKey: PublicKey, message: Uint8Array) => Signature;
  readonly verify: (publicKey: PublicKey, message: Uint8Array, signature: Signature) => boolean;
}

export interface SimNodeOptions {
  readonly genesis: Genesis;
  readonly self: MemberIndex;
  readonly keyShare: KeyShare;
  readonly packIntervalMs: number;
  readonly without?: ReadonlySet<ForkRule>;
}

/** What one member's host needs of the world. Bytes travel; nothing is shared. */
export interface SimHost {
  readonly identity: IdentityScheme;
  readonly scheme: ThresholdScheme;
  readonly rng: Rng;
  readonly door: Door;
  /** To one member. */
  send(to: MemberIndex, packet: Packet): void;
  /** Back into this member, soon. */
  loop(input: LocalInput, delayMs: number): void;
  onCommit(commit: Commit): void;
  onEvent(event: ReplicaEvent): void;
}

/** What travels between members. */
export type Packet =
  | { readonly kind: 'agreement'; readonly bytes: Uint8Array }
  | { readonly kind: 'batch'; readonly bytes: Uint8Array }
  | { readonly kind: 'fetch-batches'; readonly ids: readonly Hash[] }
  | { readonly kind: 'fetch-block'; readonly hash: Hash }
  | { readonly kind: 'fetch-certified'; readonly fromHeight: number; readonly toHeight: number }
  | { readonly kind: 'block'; readonly block: Block };

/** What happens inside one member. */
export type LocalInput =
  | { readonly kind: 'own-message'; readonly message: AgreementMessage }
  | { readonly kind: 'timer'; readonly timer: TimerName; readonly setting: number }
  | { readonly kind: 'work'; readonly request: WorkRequest };

/** One member in the simulator: the host that carries out what `Replica.step` returns, on virtual time. */
export class SimNode {
  readonly self: MemberIndex;
  readonly disk: MemoryDisk;
  readonly #options: SimNodeOptions;
  readonly #host: SimHost;
  #running: { readonly replica: Replica; readonly signer: Signer } | null = null;
  #life = 0;
  readonly #timers = new Map<TimerName, number>();
  #timerSetting = 0;
  readonly #answers = new Map<number, Hash[]>();

  constructor(options: SimNodeOptions, host: SimHost) {
    this.#options = options;
    this.#host = host;
    this.self = options.self;
    this.disk = new MemoryDisk(options.genesis, options.self);
  }

  get replica(): Replica | null {
    return this.#running?.replica ?? null;
  }

  get life(): number {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  start(atMs: number): void {
    assert(this.#running === null, 'a member runs once');
    const { genesis, self, keyShare, packIntervalMs, without } = this.#options;
    const verifyGroupSignature = this.#host.scheme.verifySignature;
    const replica = new Replica(
      { genesis, self, packIntervalMs, ...(without ? { without } : {}) },
      this.disk.restore(),
      { verifyGroupSignature },
    );
    const signer = new Signer(
      { keyShare, verificationShares: genesis.verificationShares },
      { scheme: this.#host.scheme, randomBytes: (length) => this.#host.rng.bytes(length) },
    );
    this.#running = { replica, signer };
    this.#life += 1;
    this.#carryOut(replica.start(atMs), atMs);
  }

  /** Everything that was not journaled is gone. */
  crash(): void {
    this.#running = null;
    this.#timers.clear();
  }

  /** @returns ids that were acknowledged: durable, whatever happens to this process. */
  submit(items: readonly PendingItem[], atMs: number): readonly Hash[] {
    if (this.#running === null) return [];
    const request = this.#answers.size;
    this.#input({ kind: 'items', atMs, request, items: items as readonly Authenticated<PendingItem>[] });
    return this.#answers.get(request) ?? [];
  }

  onPeer(member: MemberIndex, atMs: number): void {
    if (this.#running !== null) this.#input({ kind: 'peer-connected', atMs, member });
  }

  onLocal(input: LocalInput, atMs: number): void {
    if (this.#running === null) return;
    switch (input.kind) {
      case 'own-message':
        return this.#onAgreement(input.message, this.self, atMs);
      case 'timer':
        if (this.#timers.get(input.timer) !== input.setting) return;
        this.#timers.delete(input.timer);
        return this.#input({ kind: 'timer', atMs, timer: input.timer });
      case 'work':
        return this.#work(input.request, atMs);
    }
  }

  onPacket(packet: Packet, from: MemberIndex, atMs: number): void {
    if (this.#running === null) return;
    switch (packet.kind) {
      case 'agreement':
        return this.#onAgreement(decodeAgreementMessage(packet.bytes), from, atMs);
      case 'batch': {
        const result = authenticateBatch(packet.bytes, this.#host.door);
        if (result.ok) this.#input({ kind: 'batch', atMs, from, batch: result.batch });
        return;
      }
      case 'block':
        return this.#input({ kind: 'block', atMs, block: packet.block });
      case 'fetch-batches':
        for (const id of packet.ids) this.#sendBatch(this.disk.batches.get(id), from);
        return;
      case 'fetch-block': {
        const block = this.#running.replica.candidate(packet.hash);
        if (block !== undefined) this.#host.send(from, { kind: 'block', block });
        return;
      }
      case 'fetch-certified':
        for (let height = packet.fromHeight; height <= packet.toHeight; height++) this.#sendCertified(from, height);
        return;
    }
  }

  #onAgreement(message: AgreementMessage, from: MemberIndex, atMs: number): void {
    const result = authenticate(message, this.#host.door);
    if (result.ok) this.#input({ kind: 'message', atMs, from, message: result.message });
  }

  #input(input: Input): void {
    assert(this.#running !== null, 'only a running member takes input');
    this.#carryOut(this.#running.replica.step(input), input.atMs);
  }

  /** Journal, answers, messages, timers, work, commits, events: in this order. */
  #carryOut(step: Step, atMs: number): void {
    this.disk.append(step.journal);
    for (const answer of step.answers) {
      const accepted = answer.verdicts.filter(({ code }) => code === null).map(({ id }) => id);
      this.#answers.set(answer.request, accepted);
    }
    for (const outbound of step.send) this.#send(outbound);
    for (const command of step.timers) {
      if (command.kind === 'cancel') this.#timers.delete(command.timer);
      else this.#setTimer(command.timer, command.delayMs);
    }
    for (const request of step.work) this.#host.loop({ kind: 'work', request }, 1);
    for (const commit of step.commits) this.#host.onCommit(commit);
    for (const event of step.events) this.#host.onEvent(event);
    assert(atMs >= 0, 'time is unix milliseconds');
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
        for (const { index } of this.#host.door.committee.members) {
          if (index !== this.self) this.#sendBatch(outbound.batch, index);
        }
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
        return this.#sendCertified(outbound.to, outbound.height);
    }
  }

  #sendAgreement(unsigned: UnsignedAgreement, to: readonly MemberIndex[]): void {
    const { identity, door } = this.#host;
    const key = door.committee.members[this.self]?.identityKey as PublicKey;
    const message = sealMessage(door.networkId, unsigned, (bytes) => identity.sign(key, bytes));
    const bytes = encodeAgreementMessage(message);
    for (const member of to) {
      if (member === this.self) this.#host.loop({ kind: 'own-message', message }, 0);
      else this.#host.send(member, { kind: 'agreement', bytes });
    }
  }

  #ask(members: readonly MemberIndex[], packet: Packet): void {
    for (const member of members) this.#host.send(member, packet);
  }

  #sendBatch(batch: Batch | undefined, to: MemberIndex): void {
    if (batch !== undefined) this.#host.send(to, { kind: 'batch', bytes: batch.bytes });
  }

  #sendCertified(to: MemberIndex, height: number): void {
    const commit = this.disk.commits.get(height);
    if (commit === undefined) return;
    for (const batch of commit.batches) this.#sendBatch(batch, to);
    const message = { kind: 'certified-block' as const, certified: commit.certified };
    this.#host.send(to, { kind: 'agreement', bytes: encodeAgreementMessage(message) });
  }

  #work(request: WorkRequest, atMs: number): void {
    assert(this.#running !== null, 'work is done for the living');
    if (request.kind === 'seal-batch') {
      const { door, identity } = this.#host;
      const bodyBytes = encodeBatchBody(request.body);
      const key = door.committee.members[this.self]?.identityKey as PublicKey;
      const signature = identity.sign(key, batchSigningBytes(door.networkId, bodyBytes));
      const batch = sealBatch(request.body, bodyBytes, signature);
      return this.#input({ kind: 'work-done', atMs, result: { kind: 'batch-sealed', batch } });
    }
    const result = this.#running.signer.handle(request);
    if (result !== null) this.#input({ kind: 'work-done', atMs, result });
  }
}
