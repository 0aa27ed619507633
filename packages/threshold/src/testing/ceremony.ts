import { keyPairFromSeed, sha256Hash, sign } from '@cairn/crypto';
import { type MemberIndex, quorumOf, Rng, type Signature, utf8 } from '@cairn/primitives';
import {
  type DkgContext,
  DkgMachine,
  type DkgMessage,
  type DkgResult,
  type DkgStep,
  dealerSigningBytes,
  dealingHashOf,
  dealingRandomBytes,
  decodeDkgMessage,
  encodeDkgMessage,
  type SignedDealing,
} from '../index.ts';

/** What a liar makes of its own messages; undefined is silence. */
export type Tamper = (to: MemberIndex, message: DkgMessage) => DkgMessage | undefined;

interface Frame {
  readonly from: MemberIndex;
  readonly to: MemberIndex;
  readonly bytes: Uint8Array;
}

/** A whole ceremony over a perfect network in random order, whose liars change what leaves them. */
export class Ceremony {
  readonly context: DkgContext;
  readonly machines: DkgMachine[];
  readonly persisted = new Map<MemberIndex, NonNullable<DkgStep['persist']>>();
  readonly refusals: string[] = [];
  readonly tampers = new Map<MemberIndex, Tamper>();
  readonly #seeds: Uint8Array[];
  readonly #rng: Rng;
  readonly #wire: Frame[] = [];

  constructor(memberCount: number, seed = 1) {
    this.#rng = new Rng(seed);
    this.#seeds = Array.from({ length: memberCount }, () => this.#rng.bytes(32));
    this.context = {
      ceremonyId: sha256Hash(utf8(`draft ${seed}`)),
      members: this.#seeds.map((secret) => keyPairFromSeed(secret).publicKey),
      threshold: quorumOf(memberCount).certified,
    };
    this.machines = this.#seeds.map((_, index) => this.newMachine(index));
  }

  newMachine(index: MemberIndex): DkgMachine {
    const random = this.#rng.bytes(dealingRandomBytes(this.context.threshold));
    return new DkgMachine({ ...this.context, index }, { random, sign: (bytes) => this.signAs(index, bytes) });
  }

  signAs(index: MemberIndex, bytes: Uint8Array): Signature {
    return sign(this.#seeds[index] as Uint8Array, bytes);
  }

  /** Signs a changed dealing as its dealer would. */
  resigned(dealer: MemberIndex, body: Omit<SignedDealing, 'signature'>): SignedDealing {
    const statement = { kind: 'dealing', dealer, dealingHash: dealingHashOf(body) } as const;
    return { ...body, signature: this.signAs(dealer, dealerSigningBytes(this.context.ceremonyId, statement)) };
  }

  /** A share for `recipient` that its dealer signed. */
  resignedShare(dealer: MemberIndex, recipient: MemberIndex, share: Extract<DkgMessage, { kind: 'dkg-share' }>) {
    const { dealingHash, subShare } = share;
    const statement = { kind: 'share', dealer, recipient, dealingHash, subShare } as const;
    return { ...share, signature: this.signAs(dealer, dealerSigningBytes(this.context.ceremonyId, statement)) };
  }

  carryOut(from: MemberIndex, step: DkgStep): void {
    if (step.persist) this.persisted.set(from, structuredClone(step.persist));
    for (const event of step.events) if (event.kind === 'refused') this.refusals.push(`${event.from} ${event.reason}`);
    for (const { to, message } of step.send) {
      const tamper = this.tampers.get(from);
      const sent = tamper ? tamper(to, message) : message;
      if (sent) this.#wire.push({ from, to, bytes: encodeDkgMessage(sent) });
    }
  }

  /** Delivers, in random order, until nothing is under way. */
  deliver(): this {
    while (this.#wire.length > 0) {
      const at = this.#rng.integer(0, this.#wire.length - 1);
      const [{ from, to, bytes }] = this.#wire.splice(at, 1) as [Frame];
      this.carryOut(to, (this.machines[to] as DkgMachine).receive(from, decodeDkgMessage(bytes)));
    }
    return this;
  }

  run(): this {
    for (const [index, machine] of this.machines.entries()) this.carryOut(index, machine.start());
    return this.deliver();
  }

  outcomes(except: readonly MemberIndex[] = []) {
    return this.machines.filter((_, index) => !except.includes(index)).map(({ outcome }) => outcome);
  }

  results(): DkgResult[] {
    return this.machines.map(({ outcome }, index) => {
      if (outcome?.kind !== 'live') throw new Error(`member ${index} is not live`);
      return outcome.result;
    });
  }
}
