import { sha256Hash } from '@cairn/crypto';
import { equalBytes, fromHex, type Hash, type MemberIndex, type PublicKey, utf8, ZERO_HASH } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Block,
  type CertifiedBlock,
  checkpointText,
  type EntryCertificate,
  type NonceCommitment,
  type PrepareCertificate,
  type PrepareVote,
  type Proposal,
  type SignatureShare,
  type SignRequest,
  sealMessage,
  signRequestHash,
  type TimeoutCertificate,
  type TimeoutVote,
  type UnsignedAgreement,
  type UnsignedMessage,
} from '@cairn/protocol';
import type { Chain } from '@cairn/replica';
import type { KeyShare } from '@cairn/threshold';
import { memberKey } from '../sim-genesis.ts';
import { Machine } from './machine.ts';
import { EXPLORED_HEIGHT, type Setting } from './setting.ts';

/** Signs with the Byzantine member's keys; the same content always gives the same message. */
export class RogueHand {
  readonly #setting: Setting;
  readonly #chain: Chain;
  readonly #keyShare: KeyShare;
  /** Blocks of its SignRequests. */
  readonly #requested = new Map<Hash, Hash>();

  constructor(setting: Setting) {
    this.#setting = setting;
    const anyone = new Machine(setting, setting.honest[0] as MemberIndex);
    this.#chain = anyone.node.replica?.chain as Chain;
    this.#keyShare = setting.world.keyShares[setting.rogue] as KeyShare;
  }

  /** Fresh blocks without batches; `which` tells them apart. */
  block(which: number): Block {
    return this.#chain.build([], { leader: this.#setting.rogue, time: this.#setting.nowMs + which }).block;
  }

  proposal(view: number, block: Block, timeoutCertificate: TimeoutCertificate | null): Proposal {
    return this.#seal<Proposal>({ kind: 'proposal', ...this.#at(view), block, timeoutCertificate });
  }

  /** @param nonceView where its commitment is from: another view's is signed again for this one. */
  vote(view: number, blockHash: Hash, nonceView = view): PrepareVote {
    const commitment = { member: this.#setting.rogue, ...this.#nonce(nonceView).commitment };
    return this.#seal<PrepareVote>({ kind: 'prepare-vote', ...this.#at(view), blockHash, commitment });
  }

  timeout(view: number, high: PrepareCertificate | null, entry: EntryCertificate | null): TimeoutVote {
    return this.#seal<TimeoutVote>({
      kind: 'timeout-vote',
      ...this.#at(view),
      highView: high?.view ?? -1,
      highHash: high?.blockHash ?? ZERO_HASH,
      highCertificate: high,
      entry,
      missingBatches: [],
    });
  }

  request(certificate: PrepareCertificate, commitments: readonly NonceCommitment[]): SignRequest {
    const { view, blockHash } = certificate;
    const at = this.#at(view);
    const content = { blockHash, session: 0, commitments, certificate };
    const request = this.#seal<SignRequest>({ kind: 'sign-request', ...at, ...content });
    this.#requested.set(signRequestHash(request), blockHash);
    return request;
  }

  /** @returns the block that a SignRequest of its own was for. */
  requested(requestHash: Hash): Hash | undefined {
    return this.#requested.get(requestHash);
  }

  /** A good answer and a bad one. */
  shares(request: SignRequest, block: Block): readonly SignatureShare[] {
    const good = this.#share(request, block);
    if (good === null) return [];
    const bad = good.slice();
    bad[0] = (bad[0] as number) ^ 1;
    bad[31] = 0;
    return [good, bad].map((z) =>
      this.#seal<SignatureShare>({
        kind: 'signature-share',
        ...this.#at(request.view),
        signRequestHash: signRequestHash(request),
        z,
        nextCommitment: null,
      }),
    );
  }

  /** @returns null while scalars of honest signers are missing. */
  aggregate(request: SignRequest, block: Block, scalars: ReadonlyMap<MemberIndex, Uint8Array>): CertifiedBlock | null {
    const own = this.#share(request, block);
    const all = new Map(scalars);
    if (own !== null) all.set(this.#setting.rogue, own);
    const shares = request.commitments.flatMap(({ member }) => {
      const z = all.get(member);
      return z === undefined ? [] : [{ index: member, z }];
    });
    if (shares.length < request.commitments.length) return null;
    const session = this.#session(request, block);
    const result = session.aggregate(shares, this.#setting.world.genesis.verificationShares);
    if (result.kind !== 'signed') return null;
    return { block, certificate: request.certificate, groupSignature: result.signature };
  }

  #share(request: SignRequest, block: Block): Uint8Array | null {
    const own = request.commitments.find(({ member }) => member === this.#setting.rogue);
    if (own === undefined) return null;
    for (let view = 0; view < this.#setting.viewCount; view++) {
      const { commitment, nonces } = this.#nonce(view);
      if (!equalBytes(commitment.hiding, own.hiding)) continue;
      return this.#session(request, block).signShare(this.#keyShare, nonces);
    }
    return null;
  }

  #session(request: SignRequest, block: Block) {
    const { world } = this.#setting;
    return world.scheme.createSession({
      message: checkpointText(this.#chain.checkpointOf(block)),
      groupKey: world.genesis.groupKey as PublicKey,
      commitments: request.commitments.map(({ member, hiding, binding }) => ({ index: member, hiding, binding })),
    });
  }

  /** One a view; it may be used as often as it likes, by making it again. */
  #nonce(view: number) {
    const half = fromHex(sha256Hash(utf8(`rogue ${view}`)), 32);
    return this.#setting.world.scheme.commitNonce(this.#keyShare, Uint8Array.of(...half, ...half));
  }

  #at(view: number) {
    return { epoch: 0, height: EXPLORED_HEIGHT, view, member: this.#setting.rogue };
  }

  #seal<M extends AgreementMessage>(message: UnsignedMessage<M>): M {
    const { world } = this.#setting;
    const sealed = sealMessage(world.networkId, message as unknown as UnsignedAgreement, (bytes) =>
      world.sign(memberKey(this.#setting.rogue), bytes),
    );
    return sealed as M;
  }
}
