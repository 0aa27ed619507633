import { assert, type Hash, type MemberIndex, type PublicKey, type Rng, toHex, ZERO_HASH } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Block,
  type EntryCertificate,
  encodeAgreementMessage,
  type Position,
  type PrepareCertificate,
  type PrepareVote,
  type Proposal,
  type SignRequest,
  sealMessage,
  type TimeoutCertificate,
  type TimeoutVote,
  type UnsignedAgreement,
  type UnsignedMessage,
} from '@cairn/protocol';
import type { Chain } from '@cairn/replica';
import type { KeyShare } from '@cairn/threshold';
import { memberKey } from '../sim-genesis.ts';
import type { Packet } from '../sim-host.ts';
import type { World } from '../world.ts';

/** The hands of a Byzantine member: signs anything with its own keys, and sends it to whom it likes. */
export class Rogue {
  readonly member: MemberIndex;
  readonly world: World;
  readonly #keyShare: KeyShare;
  /** Nonces by their points. A rogue may use them as often as it likes, by making them again. */
  readonly #nonces = new Map<string, Uint8Array>();

  constructor(world: World, member: MemberIndex) {
    this.world = world;
    this.member = member;
    this.#keyShare = world.keyShares[member] as KeyShare;
  }

  get others(): readonly MemberIndex[] {
    return this.world.nodes.map(({ self }) => self).filter((self) => self !== this.member);
  }

  get rng(): Rng {
    return this.world.rng;
  }

  /** Where its engine stands. */
  get position(): Position {
    const { replica } = this.world.node(this.member);
    return { epoch: this.chain.nextEpoch, height: this.chain.nextHeight, view: replica?.view ?? 0 };
  }

  get isUp(): boolean {
    return this.world.node(this.member).isUp;
  }

  /** As far as its engine has followed it. */
  get chain(): Chain {
    const { replica } = this.world.node(this.member);
    assert(replica !== null, 'a rogue acts while it is up');
    return replica.chain;
  }

  /** @returns the agreement message in a packet, when there is a valid one. */
  messageIn(packet: Packet): AgreementMessage | null {
    if (packet.kind !== 'agreement') return null;
    const opened = this.world.openMessage(packet.bytes);
    return opened.ok ? opened.message : null;
  }

  packetOf(message: AgreementMessage): Packet {
    return { kind: 'agreement', bytes: encodeAgreementMessage(message) };
  }

  seal<M extends AgreementMessage>(message: UnsignedMessage<M>): M {
    const sealed = sealMessage(this.world.networkId, message as unknown as UnsignedAgreement, (bytes) =>
      this.world.sign(memberKey(this.member), bytes),
    );
    return sealed as M;
  }

  send(message: AgreementMessage, to: readonly MemberIndex[]): void {
    const bytes = encodeAgreementMessage(message);
    this.world.openMessage(bytes);
    for (const member of to) {
      if (member !== this.member) this.world.send(this.member, member, { kind: 'agreement', bytes });
    }
  }

  sendBytes(bytes: Uint8Array, to: readonly MemberIndex[]): void {
    for (const member of to) this.world.send(this.member, member, { kind: 'agreement', bytes });
  }

  /** A block of the next height that this member leads, without batches; another one each time it is asked. */
  otherBlock(aheadMs = 0): Block {
    const parentMs = this.chain.tip.header.time;
    const time = Math.max(this.world.nowMs + aheadMs, parentMs + 1) + this.rng.integer(0, 50);
    return this.chain.build([], { leader: this.member, time }).block;
  }

  proposal(at: Position, block: Block, timeoutCertificate: TimeoutCertificate | null): Proposal {
    return this.seal<Proposal>({ kind: 'proposal', ...at, member: this.member, block, timeoutCertificate });
  }

  /** With a commitment that `share` can use, in any view. */
  prepareVote(at: Position, blockHash: Hash): PrepareVote {
    const commitment = { member: this.member, ...this.commit() };
    const { epoch, height, view } = at;
    return this.seal<PrepareVote>({
      kind: 'prepare-vote',
      epoch,
      height,
      view,
      member: this.member,
      blockHash,
      commitment,
    });
  }

  timeoutVote(at: Position, high: PrepareCertificate | null, entry: EntryCertificate | null): TimeoutVote {
    const { epoch, height, view } = at;
    return this.seal<TimeoutVote>({
      kind: 'timeout-vote',
      epoch,
      height,
      view,
      highView: high?.view ?? -1,
      highHash: high?.blockHash ?? ZERO_HASH,
      member: this.member,
      highCertificate: high,
      entry,
      missingBatches: [],
    });
  }

  commit(): { readonly hiding: Uint8Array; readonly binding: Uint8Array } {
    const random = this.world.rng.bytes(64);
    const { commitment } = this.world.scheme.commitNonce(this.#keyShare, random.slice());
    this.#nonces.set(toHex(commitment.hiding), random);
    return commitment;
  }

  /** @returns this member's scalar for a session that names one of its commitments; null when it does not. */
  share(request: Pick<SignRequest, 'commitments'>, text: Uint8Array): Uint8Array | null {
    const own = request.commitments.find(({ member }) => member === this.member);
    const random = own === undefined ? undefined : this.#nonces.get(toHex(own.hiding));
    if (random === undefined) return null;
    const { nonces } = this.world.scheme.commitNonce(this.#keyShare, random.slice());
    return this.session(request, text).signShare(this.#keyShare, nonces);
  }

  session(request: Pick<SignRequest, 'commitments'>, text: Uint8Array) {
    return this.world.scheme.createSession({
      message: text,
      groupKey: this.world.genesis.groupKey as PublicKey,
      commitments: request.commitments.map(({ member, hiding, binding }) => ({ index: member, hiding, binding })),
    });
  }
}
