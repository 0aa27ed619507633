import type { Hash, MemberIndex, Signature } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Block,
  type CertifiedBlock,
  checkpointText,
  type NonceCommitment,
  type Position,
  type PrepareCertificate,
  type PrepareVote,
  type SignRequest,
  signRequestHash,
  type TimeoutCertificate,
  type TimeoutVote,
} from '@cairn/protocol';
import type { Packet } from '../sim-host.ts';
import type { World } from '../world.ts';
import type { Behaviour, Sending } from './behaviour.ts';
import { Rogue } from './rogue.ts';

/**
 * All Byzantine members of a run, acting as one: what one of them hears, all know. At heights that it attacks their
 * honest engines are silent and the coalition speaks for them.
 */
export class Coalition {
  readonly world: World;
  readonly rogues: readonly Rogue[];
  /** Every vote and share that reached one of them, by position. */
  readonly #prepares = new Map<string, Map<MemberIndex, PrepareVote>>();
  readonly #timeouts = new Map<string, Map<MemberIndex, TimeoutVote>>();
  readonly #scalars = new Map<Hash, Map<MemberIndex, Uint8Array>>();
  /** SignRequests by what they have in common: block and list of commitments. */
  readonly #sessions = new Map<string, Set<Hash>>();
  /** Fresh commitments that came with refusals and shares, newest last. */
  readonly #fresh = new Map<MemberIndex, NonceCommitment>();
  readonly #refusals = new Set<string>();
  #isSilentAt: (height: number) => boolean = () => false;

  constructor(world: World) {
    this.world = world;
    this.rogues = [...world.byzantine].sort((a, b) => a - b).map((member) => new Rogue(world, member));
    for (const { member } of this.rogues) world.node(member).behaviour = this.#behaviour();
  }

  get members(): readonly MemberIndex[] {
    return this.rogues.map(({ member }) => member);
  }

  get honest(): readonly MemberIndex[] {
    return this.world.honest.map(({ self }) => self);
  }

  rogue(member: MemberIndex): Rogue {
    return this.rogues.find((one) => one.member === member) as Rogue;
  }

  /** From now on no engine of the coalition speaks at such heights. */
  silenceAt(isSilent: (height: number) => boolean): void {
    this.#isSilentAt = isSilent;
  }

  prepares(at: Position, hash: Hash): readonly PrepareVote[] {
    return [...(this.#prepares.get(`${keyOf(at)}/${hash}`)?.values() ?? [])];
  }

  timeouts(at: Position): readonly TimeoutVote[] {
    return [...(this.#timeouts.get(keyOf(at))?.values() ?? [])];
  }

  scalars(requestHash: Hash): ReadonlyMap<MemberIndex, Uint8Array> {
    return this.#scalars.get(requestHash) ?? new Map();
  }

  hasRefused(requestHash: Hash, member: MemberIndex): boolean {
    return this.#refusals.has(`${requestHash}/${member}`);
  }

  freshCommitment(member: MemberIndex): NonceCommitment | undefined {
    return this.#fresh.get(member);
  }

  /** A prepare certificate from what honest members voted and the coalition adds; null while they are too few. */
  certificate(
    at: Position,
    hash: Hash,
  ): { readonly certificate: PrepareCertificate; readonly votes: readonly PrepareVote[] } | null {
    const honest = this.prepares(at, hash);
    const { certified } = this.world.door.quorum;
    if (honest.length + this.rogues.length < certified) return null;
    const own = this.rogues.map((rogue) => rogue.prepareVote(at, hash));
    const votes = [...honest, ...own].sort((a, b) => a.member - b.member);
    const { epoch, height, view } = at;
    const signed = votes.map(({ member, signature }) => ({ member, signature }));
    return { certificate: { epoch, height, view, blockHash: hash, votes: signed }, votes };
  }

  /** From the votes of `honest` and of the coalition, which claims to know no certificate; null while one is missing. */
  timeoutCertificate(at: Position, honest: readonly MemberIndex[]): TimeoutCertificate | null {
    const votes = this.timeouts(at).filter(({ member }) => honest.includes(member));
    if (votes.length < honest.length) return null;
    const own = this.rogues.map((rogue) => rogue.timeoutVote(at, null, null));
    return certificateOf(at, [...votes, ...own]);
  }

  /** The group's signature over `block`, once every honest signer of the session has sent its scalar. */
  aggregate(request: SignRequest, block: Block): CertifiedBlock | null {
    const leader = this.rogue(request.member);
    const text = checkpointText(leader.chain.checkpointOf(block));
    const known = this.#scalarsFor(request);
    const shares = request.commitments.flatMap(({ member }) => {
      const rogue = this.rogues.find((one) => one.member === member);
      const z = rogue === undefined ? known.get(member) : rogue.share(request, text);
      return z ? [{ index: member, z }] : [];
    });
    if (shares.length < request.commitments.length) return null;
    const result = leader.session(request, text).aggregate(shares, this.world.genesis.verificationShares);
    if (result.kind !== 'signed') return null;
    return this.#certified(block, request.certificate, result.signature);
  }

  /** Scalars of this session in whatever view they were asked for: the list of commitments makes the session. */
  #scalarsFor(request: SignRequest): ReadonlyMap<MemberIndex, Uint8Array> {
    const all = new Map<MemberIndex, Uint8Array>();
    for (const hash of this.#sessions.get(sessionKey(request)) ?? []) {
      for (const [member, z] of this.scalars(hash)) all.set(member, z);
    }
    return all;
  }

  /** A SignRequest of a rogue leader over any list of commitments. */
  signRequest(
    leader: Rogue,
    certificate: PrepareCertificate,
    commitments: readonly NonceCommitment[],
    session = 0,
  ): SignRequest {
    const { epoch, height, view } = certificate;
    const request = leader.seal<SignRequest>({
      kind: 'sign-request',
      epoch,
      height,
      view,
      member: leader.member,
      blockHash: certificate.blockHash,
      session,
      commitments,
      certificate,
    });
    const key = sessionKey(request);
    const hashes = this.#sessions.get(key) ?? new Set();
    this.#sessions.set(key, hashes.add(signRequestHash(request)));
    return request;
  }

  #certified(block: Block, certificate: PrepareCertificate, groupSignature: Signature): CertifiedBlock {
    const certified = { block, certificate, groupSignature };
    for (const checker of this.world.checkers) checker.onCertified?.(certified);
    return certified;
  }

  #behaviour(): Behaviour {
    return {
      name: 'coalition',
      onSend: (sending: Sending) =>
        'height' in sending.message && this.#isSilentAt(sending.message.height) ? [] : [sending],
      onPacket: (packet: Packet) => {
        if (packet.kind !== 'agreement') return true;
        const opened = this.world.openMessage(packet.bytes);
        if (opened.ok) this.#hear(opened.message);
        return true;
      },
    };
  }

  #hear(message: AgreementMessage): void {
    // Of each other they know everything anyway.
    if (!('member' in message) || this.members.includes(message.member)) return;
    switch (message.kind) {
      case 'prepare-vote':
        return put(this.#prepares, `${keyOf(message)}/${message.blockHash}`, message.member, message);
      case 'timeout-vote':
        return put(this.#timeouts, keyOf(message), message.member, message);
      case 'signature-share':
        put(this.#scalars, message.signRequestHash, message.member, message.z);
        if (message.nextCommitment !== null) this.#fresh.set(message.member, message.nextCommitment);
        return;
      case 'nonce-refusal':
        this.#refusals.add(`${message.signRequestHash}/${message.member}`);
        this.#fresh.set(message.member, message.commitment);
        return;
    }
  }
}

/** The certificate that these votes make, with the highest prepare certificate among them. */
export function certificateOf(at: Position, votes: readonly TimeoutVote[]): TimeoutCertificate {
  const { epoch, height, view } = at;
  let high: PrepareCertificate | null = null;
  for (const { highCertificate } of votes) {
    if (highCertificate !== null && (high === null || highCertificate.view > high.view)) high = highCertificate;
  }
  const signed = votes
    .map(({ member, highView, highHash, signature }) => ({ member, highView, highHash, signature }))
    .sort((a, b) => a.member - b.member);
  return { epoch, height, view, votes: signed, highCertificate: high };
}

function sessionKey(request: SignRequest): string {
  const points = request.commitments.map(({ member, hiding }) => `${member}:${Buffer.from(hiding).toString('hex')}`);
  return `${request.blockHash}/${points.join()}`;
}

function keyOf({ epoch, height, view }: Position): string {
  return `${epoch}/${height}/${view}`;
}

function put<K, V>(map: Map<string, Map<K, V>>, key: string, inner: K, value: V): void {
  const found = map.get(key) ?? new Map<K, V>();
  map.set(key, found.set(inner, value));
}
