import { createNetwork, type DirectMessage, type IncomingRequest, type Network } from '@cairn/network';
import { CairnError, hasCode, type MemberIndex } from '@cairn/primitives';
import type { GenesisDraft } from '@cairn/protocol';
import {
  completeDkg,
  DKG_MESSAGE_BYTES_MAX,
  type DkgContext,
  type DkgMachine,
  type DkgMessage,
  type DkgOutcome,
  type DkgPending,
  type DkgResult,
  type DkgStep,
  decodeDkgMessage,
  encodeDkgMessage,
} from '@cairn/threshold';
import type { ConfirmedShare } from './ceremony-files.ts';
import { Parting } from './parting.ts';

export interface CeremonyHostOptions {
  readonly draft: GenesisDraft;
  readonly context: DkgContext;
  readonly index: MemberIndex;
  readonly identitySeed: Uint8Array;
  readonly listen: readonly string[];
  readonly peerAddresses: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** After it is live, to answer those who are not: until all say that they are, but no longer. */
  readonly lingerMs: number;
}

export interface CeremonyHostDependencies {
  /** Called when all members are connected; what it makes deals at once. */
  readonly begin: () => DkgMachine;
  /** A share that was confirmed before this process began; then there is no dealing. */
  readonly confirmed: ConfirmedShare | null;
  readonly saveConfirmed: (confirmed: ConfirmedShare) => void;
  /** Called as soon as the key is live, before anybody is told so. */
  readonly onLive: (result: DkgResult) => void;
  readonly onPhase: (phase: CeremonyPhase) => void;
  readonly signal: AbortSignal;
}

export type CeremonyPhase =
  | { readonly phase: 'connecting'; readonly missing: readonly MemberIndex[] }
  | { readonly phase: 'dealt' | 'shared' | 'confirmed' | 'resumed' }
  /** The key is live here; these members have not said that it is live with them. */
  | { readonly phase: 'lingering'; readonly missing: readonly MemberIndex[] }
  | { readonly phase: 'refused'; readonly from: MemberIndex; readonly message: string; readonly reason: string };

const RESEND_MS = 500;
/** After an abort, a member that has confirmed waits so long for a certificate that others may hold. */
const CERTIFICATE_WAIT_MS = 10_000;
/** A moment of waiting for the others is nothing to speak of. */
const TELL_LINGERING_AFTER_MS = 2_000;

type Ended =
  | { readonly kind: 'live'; readonly result: DkgResult }
  | Extract<DkgOutcome, { kind: 'aborted' }>
  | { readonly kind: 'absent'; readonly members: readonly MemberIndex[]; readonly dialErrors: readonly string[] };

/**
 * Carries a key ceremony over the network: waits for all members, then hands messages between them and the machine.
 * @throws NETWORK_*, CEREMONY_STOPPED_INVALID
 */
export async function runCeremony(
  options: CeremonyHostOptions,
  dependencies: CeremonyHostDependencies,
): Promise<Ended> {
  const host = new CeremonyHost(options, dependencies);
  try {
    return await host.run();
  } finally {
    await host.stop();
  }
}

class CeremonyHost {
  readonly #options: CeremonyHostOptions;
  readonly #dependencies: CeremonyHostDependencies;
  readonly #ended = Promise.withResolvers<Ended>();
  readonly #parting: Parting;
  readonly #timers: NodeJS.Timeout[] = [];
  #early: DirectMessage[] = [];
  #network: Network | undefined;
  #machine: DkgMachine | undefined;
  #confirmed: ConfirmedShare | null;
  /** Encoded, once the key is live. */
  #certificate: Uint8Array | undefined;

  constructor(options: CeremonyHostOptions, dependencies: CeremonyHostDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#confirmed = dependencies.confirmed;
    this.#parting = new Parting({
      others: this.#others(),
      tell: (member) => this.#tellLive(member),
      isConnected: (member) => !this.#missing().includes(member),
    });
  }

  async run(): Promise<Ended> {
    const { context, draft, identitySeed, listen, peerAddresses, timeoutMs } = this.#options;
    const { signal, onPhase } = this.#dependencies;
    signal.addEventListener('abort', () => this.#stopped(), { once: true });
    this.#timers.push(setTimeout(() => this.#timeout(), timeoutMs));
    const members = draft.members.map(({ name, addresses }, index) => ({
      index,
      publicKey: context.members[index] as DkgContext['members'][number],
      addresses: peerAddresses[name] ?? addresses,
    }));
    this.#network = await createNetwork(
      { identitySeed, listen, members, networkTag: context.ceremonyId },
      {
        handlers: {
          validateGossip: () => 'ignore',
          onDirect: (message) => this.#guard(() => this.#onDirect(message)),
          onRequest: async (request) => this.#onRequest(request),
          onPeer: ({ kind, memberIndex }) => {
            if (kind === 'connected') this.#guard(() => this.#onConnected(memberIndex));
          },
        },
      },
    );
    if (this.#confirmed !== null) onPhase({ phase: 'resumed' });
    else onPhase({ phase: 'connecting', missing: this.#missing() });
    this.#guard(() => this.#tryBegin());
    this.#timers.push(setInterval(() => this.#guard(() => this.#resend()), RESEND_MS));
    const ended = await this.#ended.promise;
    await this.#linger(ended);
    return ended;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#network?.stop();
  }

  #others(): readonly MemberIndex[] {
    return [...this.#options.context.members.keys()].filter((member) => member !== this.#options.index);
  }

  #missing(): readonly MemberIndex[] {
    const peers = this.#network?.peers() ?? [];
    return this.#others().filter((member) => !peers.some((peer) => peer.memberIndex === member && peer.isConnected));
  }

  #onConnected(member: MemberIndex): void {
    if (this.#machine === undefined && this.#confirmed === null) {
      this.#dependencies.onPhase({ phase: 'connecting', missing: this.#missing() });
      this.#tryBegin();
    } else this.#resend(member);
  }

  /** Nothing is dealt before all members are there: a run that cannot end well need not begin. */
  #tryBegin(): void {
    if (this.#machine !== undefined || this.#confirmed !== null) return;
    if (this.#network === undefined || this.#missing().length > 0) return;
    this.#machine = this.#dependencies.begin();
    this.#carryOut(this.#machine.start());
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#onDirect(message);
  }

  #onDirect(message: DirectMessage): void {
    const { from, channel, bytes } = message;
    if (channel !== 'dkg' || bytes.length > DKG_MESSAGE_BYTES_MAX) return;
    const isWaiting = this.#machine === undefined && this.#confirmed === null;
    // Others may have seen us all connected a moment earlier; they send again if this is not kept.
    if (isWaiting)
      return void (this.#early.length < 4 * this.#options.context.members.length && this.#early.push(message));
    const decoded = this.#decode(from, bytes);
    if (decoded === null) return;
    if (decoded.kind === 'dkg-certificate') this.#parting.noteLive(from);
    if (this.#machine !== undefined) this.#carryOut(this.#machine.receive(from, decoded));
    else if (decoded.kind === 'dkg-certificate') this.#complete(decoded.signatures);
  }

  #decode(from: MemberIndex, bytes: Uint8Array): DkgMessage | null {
    try {
      return decodeDkgMessage(bytes);
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      this.#dependencies.onPhase({ phase: 'refused', from, message: 'unreadable', reason: error.code });
      return null;
    }
  }

  /** In the order of the contract: what is confirmed is durable before the confirmation leaves. */
  #carryOut(step: DkgStep): void {
    if (step.persist !== undefined) this.#persist(step.persist, step);
    if (step.outcome?.kind === 'live') this.#live(step.outcome.result);
    for (const { to, message } of step.send) this.#network?.sendDirect(to, 'dkg', encodeDkgMessage(message));
    for (const event of step.events) {
      if (event.kind === 'refused') {
        const { from, message, reason } = event;
        this.#dependencies.onPhase({ phase: 'refused', from, message, reason });
      } else this.#dependencies.onPhase({ phase: event.kind });
    }
    const { outcome } = step;
    // A member that has confirmed waits on for a certificate: others may hold it.
    if (outcome?.kind === 'aborted' && this.#confirmed === null) this.#ended.resolve(outcome);
    else if (outcome?.kind === 'aborted') {
      this.#timers.push(setTimeout(() => this.#ended.resolve(outcome), CERTIFICATE_WAIT_MS));
    }
  }

  #persist(pending: DkgPending, step: DkgStep): void {
    const confirmation = step.send.find(({ message }) => message.kind === 'dkg-confirm')?.message;
    if (confirmation === undefined && this.#others().length > 0) return;
    this.#confirmed = { pending, confirmation: confirmation ? encodeDkgMessage(confirmation) : new Uint8Array() };
    this.#dependencies.saveConfirmed(this.#confirmed);
  }

  /** Durable before anybody is told so. */
  #live(result: DkgResult): void {
    this.#dependencies.onLive(result);
    this.#certificate = encodeDkgMessage({ kind: 'dkg-certificate', signatures: result.certificate });
    this.#ended.resolve({ kind: 'live', result });
  }

  /** Of a share that was confirmed before a restart. */
  #complete(signatures: Extract<DkgMessage, { kind: 'dkg-certificate' }>['signatures']): void {
    if (this.#confirmed === null) return;
    try {
      this.#live(completeDkg(this.#confirmed.pending, signatures));
    } catch (error) {
      // Somebody sent what not all have signed; the next may be right.
      if (!hasCode(error, 'THRESHOLD_CERTIFICATE_INVALID')) throw error;
    }
  }

  #resend(only?: MemberIndex): void {
    if (this.#machine !== undefined) return this.#carryOut(this.#machine.resend(only));
    if (this.#confirmed === null) return;
    for (const to of only === undefined ? this.#others() : [only]) {
      this.#network?.sendDirect(to, 'dkg', this.#certificate ?? this.#confirmed.confirmation);
    }
  }

  /** Gives a member our certificate, and gets its own if it is live. */
  async #tellLive(to: MemberIndex): Promise<boolean> {
    if (this.#network === undefined || this.#certificate === undefined) return false;
    for await (const answer of this.#network.request(to, 'ceremony', this.#certificate)) {
      return this.#decode(to, answer)?.kind === 'dkg-certificate';
    }
    return false;
  }

  /** A member that is live gives its certificate, and gets ours: it may be the first that we see. */
  #onRequest({ peer, method, bytes }: IncomingRequest): readonly Uint8Array[] {
    if (method !== 'ceremony' || peer.memberIndex === undefined) return [];
    const message: DirectMessage = { from: peer.memberIndex, channel: 'dkg', bytes };
    this.#guard(() => this.#onDirect(message));
    return this.#certificate === undefined ? [] : [this.#certificate];
  }

  /** Whoever is live goes on answering until all are; accusations and refusals get time to arrive. */
  async #linger(ended: Ended): Promise<void> {
    if (ended.kind === 'absent') return;
    const { signal, onPhase } = this.#dependencies;
    if (ended.kind === 'aborted') {
      await new Promise((resolve) => this.#timers.push(setTimeout(resolve, RESEND_MS)));
      return;
    }
    const tellLingering = () => onPhase({ phase: 'lingering', missing: this.#parting.missing });
    this.#timers.push(setTimeout(tellLingering, TELL_LINGERING_AFTER_MS));
    await this.#parting.finish({ waitMs: this.#options.lingerMs, signal });
  }

  #timeout(): void {
    if (this.#machine !== undefined) return this.#guard(() => this.#carryOut((this.#machine as DkgMachine).timeout()));
    const members = this.#missing();
    const dialErrors = (this.#network?.peers() ?? []).flatMap(({ memberIndex, lastDialError }) =>
      members.includes(memberIndex) && lastDialError !== undefined ? [`${memberIndex}: ${lastDialError}`] : [],
    );
    this.#ended.resolve({ kind: 'absent', members, dialErrors });
  }

  #stopped(): void {
    this.#ended.reject(new CairnError('CEREMONY_STOPPED_INVALID', 'the ceremony was stopped by hand'));
  }

  /** An error of ours, such as a full disk, ends the ceremony here and is told by the command. */
  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#ended.reject(error);
    }
  }
}
