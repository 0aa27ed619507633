import { BoundedMap, type Hash, type MemberIndex } from '@cairn/primitives';
import {
  type Batch,
  type BlockHeader,
  type Evidence,
  encodeEvidence,
  encodeHeader,
  evidenceId,
  evidenceSlot,
  type SignatureShare,
  type SignedHash,
  type SignRequest,
  type UnsignedMessage,
} from '@cairn/protocol';
import type { Chain } from './chain.ts';
import type { Gateway } from './gateway.ts';
import type { StepDraft } from './step-draft.ts';

/** Batches remembered for finding two of one (author, seq); a member seals ten a second. */
const BATCHES_MAX = 8192;
const SLOTS_MAX = 4096;

/** Finds what stands by itself against a member, and puts it before the chain as an item of this member's batches (5.6). */
export class Accuser {
  readonly #chain: Chain;
  readonly #gateway: Gateway;
  readonly #draft: StepDraft;
  readonly #batches = new BoundedMap<string, SignedHash>(BATCHES_MAX);
  /** One item per (member, kind, height) counts: the first is enough. */
  readonly #slots = new BoundedMap<string, Hash>(SLOTS_MAX);

  constructor(dependencies: { readonly chain: Chain; readonly gateway: Gateway; readonly draft: StepDraft }) {
    this.#chain = dependencies.chain;
    this.#gateway = dependencies.gateway;
    this.#draft = dependencies.draft;
  }

  accuse(evidence: Evidence): void {
    const slot = `${evidence.epoch}/${evidenceSlot(evidence)}`;
    if (this.#slots.has(slot) || this.#chain.state.evidence.has(slot)) return;
    const bytes = encodeEvidence(evidence);
    const id = evidenceId(bytes);
    this.#slots.set(slot, id);
    this.#gateway.submit({ id, kind: 'evidence', bytes });
    this.#draft.event({ kind: 'evidence', member: evidence.member, evidence: evidence.kind });
  }

  /** A share that is invalid for its session: with the header and the frontier, from which the signed text follows. */
  accuseShare(blockHeader: BlockHeader, request: UnsignedMessage<SignRequest>, share: SignatureShare): void {
    const { epoch, height, view, member, z, signature } = share;
    const header = encodeHeader(blockHeader);
    const frontier = this.#chain.frontier.hashes;
    const { session, commitments } = request;
    this.accuse({
      kind: 'invalid-share',
      epoch,
      height,
      view,
      member,
      header,
      frontier,
      session,
      commitments,
      z,
      signature,
    });
  }

  /** Two batches of one (author, seq) are evidence against the author, yet both stay valid. */
  onBatch(batch: Batch): void {
    const { author, seq, epoch, id, signature } = batch;
    const key = batchKey(author, seq, epoch);
    const own = { hash: id, signature };
    const other = this.#batches.get(key);
    if (other === undefined) return void this.#batches.set(key, own);
    if (other.hash === id) return;
    const [first, second] = other.hash < id ? [other, own] : [own, other];
    this.accuse({ kind: 'double-batch', epoch, member: author, seq, first, second });
  }
}

function batchKey(author: MemberIndex, seq: number, epoch: number): string {
  return `${epoch}/${author}/${seq}`;
}
