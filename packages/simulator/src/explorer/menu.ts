import type { Hash, MemberIndex } from '@cairn/primitives';
import {
  type AgreementMessage,
  type Block,
  blockHash,
  type CertifiedBlock,
  type EntryCertificate,
  type NonceCommitment,
  type Position,
  type PrepareCertificate,
  type PrepareVote,
  type Proposal,
  type SignatureShare,
  type SignRequest,
  signRequestHash,
  type TimeoutCertificate,
  type TimeoutVote,
} from '@cairn/protocol';
import { certificateOf } from '../adversaries/coalition.ts';
import { RogueHand } from './rogue-hand.ts';
import type { Setting } from './setting.ts';
import { EXPLORED_HEIGHT } from './setting.ts';

/** What the Byzantine member can send now, and which blocks it can show to be certified. */
export interface Menu {
  readonly offers: readonly { readonly to: MemberIndex; readonly message: AgreementMessage }[];
  readonly certified: ReadonlySet<Hash>;
}

/**
 * The Byzantine member has no state: at any time it may send whatever can be made of what it has heard.
 * Equivocating proposals, re-proposals and their refusal, votes for anything, also with the
 * commitment of another view, shares good and bad, TimeoutVotes that name
 * any certificate or none, timeout certificates of other views, and certified blocks that it kept to itself.
 */
export class MenuBook {
  readonly #setting: Setting;
  readonly #hand: RogueHand;
  readonly #fresh: readonly [Block, Block];

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#hand = new RogueHand(setting);
    this.#fresh = [this.#hand.block(0), this.#hand.block(1)];
  }

  /** @param heard everything that was sent to it. */
  menuOf(heard: readonly AgreementMessage[]): Menu {
    const known = new Known(heard);
    const own = this.#ledView();
    const certificates = this.#certificates(known, own);
    const offers: Menu['offers'][number][] = [];
    const toAll = (message: AgreementMessage): void => {
      for (const to of this.#setting.honest) offers.push({ to, message });
    };
    if (own !== null) {
      for (const proposal of this.#proposals(known, own, certificates)) toAll(proposal);
      for (const request of this.#requests(known, own)) {
        for (const { member } of request.commitments) {
          const isOwn = member === this.#setting.rogue;
          if (!isOwn && !this.#hasAnswered(known, member, request)) offers.push({ to: member, message: request });
        }
      }
    }
    for (const vote of this.#timeouts(known, certificates)) toAll(vote);
    for (const { member, view, block } of known.proposals) {
      const hash = blockHash(block);
      offers.push({ to: member, message: this.#hand.vote(view, hash) });
      if (view > 0) offers.push({ to: member, message: this.#hand.vote(view, hash, view - 1) });
    }
    for (const { to, share } of this.#shares(known)) offers.push({ to, message: share });
    const blocks = own === null ? [] : this.#certifiedBlocks(known, own);
    for (const certified of blocks) toAll({ kind: 'certified-block', certified });
    return { offers, certified: new Set(blocks.map(({ certificate }) => certificate.blockHash)) };
  }

  /** Which of the explored views it leads. */
  #ledView(): number | null {
    const { viewCount, leaderOf, rogue } = this.#setting;
    for (let view = 0; view < viewCount; view++) if (leaderOf(view) === rogue) return view;
    return null;
  }

  /** Prepare certificates that it was shown, or can make of votes that it was sent. */
  #certificates(known: Known, own: number | null): PrepareCertificate[] {
    const found = new Map<string, PrepareCertificate>();
    for (const certificate of known.certificates)
      found.set(`${certificate.view} ${certificate.blockHash}`, certificate);
    if (own !== null) {
      for (const [hash, votes] of known.votes) {
        const certificate = this.#certificateOf(own, hash, votes);
        if (certificate !== null) found.set(`${own} ${hash}`, certificate);
      }
    }
    return [...found.values()];
  }

  /** Of the first honest votes that suffice with its own: who voted does not matter to those who read it. */
  #certificateOf(view: number, hash: Hash, votes: readonly PrepareVote[]): PrepareCertificate | null {
    const { certified } = this.#setting.world.door.quorum;
    if (votes.length < certified - 1) return null;
    const chosen = [...votes.slice(0, certified - 1), this.#hand.vote(view, hash)];
    chosen.sort((a, b) => a.member - b.member);
    return {
      ...this.#at(view),
      blockHash: hash,
      votes: chosen.map(({ member, signature }) => ({ member, signature })),
    };
  }

  #proposals(known: Known, view: number, certificates: readonly PrepareCertificate[]): Proposal[] {
    if (view === 0) return this.#fresh.map((block) => this.#hand.proposal(view, block, null));
    const proposals: Proposal[] = [];
    for (const timeout of this.#timeoutCertificates(known, view, certificates)) {
      const high = timeout.highCertificate;
      const again = high === null ? undefined : known.block(high.blockHash);
      if (again !== undefined) proposals.push(this.#hand.proposal(view, again, timeout));
      // As if there were nothing to propose again, too.
      for (const block of this.#fresh) proposals.push(this.#hand.proposal(view, block, timeout));
    }
    return proposals;
  }

  /**
   * For each view that a leader of `view` might show, and each claim that can be made of it (no certificate, or one of
   * them), one timeout certificate.
   */
  #timeoutCertificates(
    known: Known,
    view: number,
    certificates: readonly PrepareCertificate[],
  ): readonly TimeoutCertificate[] {
    const made: TimeoutCertificate[] = [];
    for (let shown = 0; shown < view; shown++) {
      const sources = [known.timeouts.filter((vote) => vote.view === shown)];
      // Votes of the height before, under this position: good for something only where signatures do not cover it.
      if (shown === view - 1) sources.push(this.#setting.earlier.map((vote) => ({ ...vote, ...this.#at(shown) })));
      for (const votes of sources) made.push(...this.#timeoutCertificatesOf(shown, votes, certificates));
    }
    return made;
  }

  #timeoutCertificatesOf(
    shown: number,
    votes: readonly TimeoutVote[],
    certificates: readonly PrepareCertificate[],
  ): TimeoutCertificate[] {
    const byHigh = new Map<string, TimeoutCertificate>();
    const needed = this.#setting.world.door.quorum.certified - 1;
    for (const chosen of subsetsOf(votes, needed)) {
      for (const high of [null, ...certificates]) {
        if (high !== null && high.view > shown) continue;
        const timeout = certificateOf(this.#at(shown), [...chosen, this.#hand.timeout(shown, high, null)]);
        const claim = `${timeout.highCertificate?.view} ${timeout.highCertificate?.blockHash}`;
        if (!byHigh.has(claim)) byHigh.set(claim, timeout);
      }
    }
    return [...byHigh.values()];
  }

  /** For each block that can be certified: itself and any two others, with the commitments that they sent first. */
  #requests(known: Known, view: number): SignRequest[] {
    const { rogue, world } = this.#setting;
    const requests: SignRequest[] = [];
    for (const [hash, votes] of known.votes) {
      for (const pair of subsetsOf([...known.commitments.values()], world.door.quorum.certified - 1)) {
        const ofPair = votes.filter(({ member }) => pair.some((commitment) => commitment.member === member));
        const certificate = this.#certificateOf(view, hash, ofPair) ?? this.#certificateOf(view, hash, votes);
        if (certificate === null) continue;
        const own = { ...this.#hand.vote(view, hash).commitment, member: rogue };
        const commitments = [...pair, own].sort((a, b) => a.member - b.member);
        requests.push(this.#hand.request(certificate, commitments));
      }
    }
    return requests;
  }

  /** A member is asked for one share of a block: to more it would answer that its nonce is used. */
  #hasAnswered(known: Known, member: MemberIndex, request: SignRequest): boolean {
    const answered = known.answers.get(member) ?? [];
    return answered.some((hash) => this.#hand.requested(hash) === request.blockHash);
  }

  #timeouts(known: Known, certificates: readonly PrepareCertificate[]): TimeoutVote[] {
    const votes: TimeoutVote[] = [];
    for (let view = 0; view < this.#setting.viewCount - 1; view++) {
      const entry = this.#entryOf(known, view, certificates);
      if (view > 0 && entry === null) continue;
      for (const high of [null, ...certificates]) {
        if (high === null || high.view <= view) votes.push(this.#hand.timeout(view, high, entry));
      }
    }
    return votes;
  }

  #entryOf(known: Known, view: number, certificates: readonly PrepareCertificate[]): EntryCertificate | null {
    if (view === 0) return null;
    const votes = known.timeouts.filter((vote) => vote.view === view - 1);
    const timeout = this.#timeoutCertificatesOf(view - 1, votes, [])[0];
    if (timeout !== undefined) return { kind: 'timeout', certificate: timeout };
    const prepare = certificates.find((certificate) => certificate.view === view);
    return prepare === undefined ? null : { kind: 'prepare', certificate: prepare };
  }

  /** For each session of an honest leader that names it: its share, and one that is none. */
  #shares(known: Known): { readonly to: MemberIndex; readonly share: SignatureShare }[] {
    return known.requests.flatMap((request) => {
      const block = known.block(request.blockHash);
      if (block === undefined) return [];
      return this.#hand.shares(request, block).map((share) => ({ to: request.member, share }));
    });
  }

  #certifiedBlocks(known: Known, view: number): CertifiedBlock[] {
    const found: CertifiedBlock[] = [];
    for (const request of this.#requests(known, view)) {
      const block = known.block(request.blockHash) ?? this.#fresh.find((one) => blockHash(one) === request.blockHash);
      if (block === undefined || found.some(({ certificate }) => certificate.blockHash === request.blockHash)) continue;
      const certified = this.#hand.aggregate(request, block, known.scalars(signRequestHash(request)));
      if (certified !== null) found.push(certified);
    }
    return found;
  }

  #at(view: number): Position {
    return { epoch: 0, height: EXPLORED_HEIGHT, view };
  }
}

/** What it has heard, sorted. */
class Known {
  readonly proposals: Proposal[] = [];
  readonly requests: SignRequest[] = [];
  readonly timeouts: TimeoutVote[] = [];
  readonly certificates: PrepareCertificate[] = [];
  /** Sent to it as leader: by block, by member. */
  readonly votes = new Map<Hash, PrepareVote[]>();
  /** The first of each member. */
  readonly commitments = new Map<MemberIndex, NonceCommitment>();
  /** SignRequests that a member answered, well or not. */
  readonly answers = new Map<MemberIndex, Hash[]>();
  readonly #scalars = new Map<Hash, Map<MemberIndex, Uint8Array>>();
  readonly #blocks = new Map<Hash, Block>();

  constructor(messages: readonly AgreementMessage[]) {
    for (const message of messages) this.#hear(message);
    for (const votes of this.votes.values()) votes.sort((a, b) => a.member - b.member);
  }

  block(hash: Hash): Block | undefined {
    return this.#blocks.get(hash);
  }

  scalars(requestHash: Hash): ReadonlyMap<MemberIndex, Uint8Array> {
    return this.#scalars.get(requestHash) ?? new Map();
  }

  #answered({ member, signRequestHash }: { readonly member: MemberIndex; readonly signRequestHash: Hash }): void {
    this.answers.set(member, [...(this.answers.get(member) ?? []), signRequestHash]);
  }

  #hear(message: AgreementMessage): void {
    switch (message.kind) {
      case 'proposal':
        this.proposals.push(message);
        this.#blocks.set(blockHash(message.block), message.block);
        return;
      case 'prepare-vote': {
        const votes = this.votes.get(message.blockHash) ?? [];
        // After a restart a member may send its vote again, with another commitment.
        if (!votes.some(({ member }) => member === message.member)) votes.push(message);
        this.votes.set(message.blockHash, votes);
        if (!this.commitments.has(message.member)) this.commitments.set(message.member, message.commitment);
        return;
      }
      case 'sign-request':
        this.requests.push(message);
        this.certificates.push(message.certificate);
        return;
      case 'signature-share': {
        const scalars = this.#scalars.get(message.signRequestHash) ?? new Map<MemberIndex, Uint8Array>();
        this.#scalars.set(message.signRequestHash, scalars.set(message.member, message.z));
        this.#answered(message);
        return;
      }
      case 'nonce-refusal':
        return this.#answered(message);
      case 'timeout-vote':
        this.timeouts.push(message);
        if (message.highCertificate !== null) this.certificates.push(message.highCertificate);
        return;
      case 'certified-block':
        this.#blocks.set(message.certified.certificate.blockHash, message.certified.block);
        return;
    }
  }
}

/** All subsets of `count` items. */
function subsetsOf<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, at) => subsetsOf(items.slice(at + 1), count - 1).map((rest) => [item, ...rest]));
}
