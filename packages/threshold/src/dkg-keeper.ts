import type { GroupArithmetic } from '@cairn/crypto/group';
import { equalBytes, type MemberIndex } from '@cairn/primitives';
import { isValidDealing, isValidSubShare } from './dkg-dealing.ts';
import { isUpheld } from './dkg-evidence.ts';
import {
  type DealingReference,
  type DkgContext,
  type DkgEvidence,
  type DkgMessage,
  dealingHashOf,
  isSignedByDealer,
  type SignedDealing,
  type SignedSubShare,
} from './dkg-message.ts';

export type DkgConfirm = Extract<DkgMessage, { kind: 'dkg-confirm' }>;

/** What becomes of something received: kept (or known already), refused without blame, or evidence against a dealer. */
export type DkgVerdict =
  | { readonly kind: 'kept' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'evidence'; readonly evidence: DkgEvidence };

/** A dealing that was checked. */
export interface KnownDealing extends DealingReference {
  readonly dealing: SignedDealing;
}

const KEPT: DkgVerdict = { kind: 'kept' };
const refused = (reason: string): DkgVerdict => ({ kind: 'refused', reason });

/** Keeps and judges what members say, at most one thing of a kind from each. */
export class DkgKeeper {
  readonly dealings = new Map<MemberIndex, KnownDealing>();
  /** Sub-shares for us that lie on their dealers' polynomials. */
  readonly subShares = new Map<MemberIndex, Uint8Array>();
  /** Confirmations whose signatures were not looked at yet. */
  readonly confirms = new Map<MemberIndex, DkgConfirm>();
  readonly #waitingShares = new Map<MemberIndex, SignedSubShare>();
  readonly #context: DkgContext;
  readonly #recipient: MemberIndex;
  readonly #arithmetic: GroupArithmetic;

  constructor(
    options: { readonly context: DkgContext; readonly recipient: MemberIndex },
    dependencies: { readonly arithmetic: GroupArithmetic },
  ) {
    this.#context = options.context;
    this.#recipient = options.recipient;
    this.#arithmetic = dependencies.arithmetic;
  }

  takeDealing(from: MemberIndex, dealing: SignedDealing): DkgVerdict {
    const { signature } = dealing;
    const reference = { dealingHash: dealingHashOf(dealing), signature };
    const statement = { kind: 'dealing', dealer: from, dealingHash: reference.dealingHash } as const;
    if (!isSignedByDealer(this.#context, statement, signature)) return refused('not signed by its dealer');
    if (this.dealings.has(from)) return this.#compare(from, reference);
    if (!isValidDealing(this.#context, from, dealing, this.#arithmetic)) {
      return { kind: 'evidence', evidence: { kind: 'invalid-dealing', dealer: from, dealing } };
    }
    this.dealings.set(from, { ...reference, dealing });
    return first(
      [...this.confirms.values()].map(({ dealings }) => this.#compare(from, dealings[from] as DealingReference)),
    );
  }

  /** A share that comes before its dealing waits for it. */
  takeShare(from: MemberIndex, share: SignedSubShare): DkgVerdict {
    const { dealingHash, subShare, signature } = share;
    const known = this.subShares.get(from);
    if (known !== undefined && equalBytes(known, subShare)) return KEPT;
    const statement = { kind: 'share', dealer: from, recipient: this.#recipient, dealingHash, subShare } as const;
    if (!isSignedByDealer(this.#context, statement, signature)) return refused('not signed by its dealer');
    if (this.dealings.has(from)) return this.#judgeShare(from, share);
    if (!this.#waitingShares.has(from)) this.#waitingShares.set(from, share);
    return KEPT;
  }

  takeConfirm(from: MemberIndex, confirm: DkgConfirm): DkgVerdict {
    if (confirm.dealings.length !== this.#context.members.length) return refused('not one dealing of each member');
    this.confirms.set(from, confirm);
    return first(confirm.dealings.map((reference, dealer) => this.#compare(dealer, reference)));
  }

  /** Judges the share of a dealer whose dealing has come since. */
  judgeWaiting(from: MemberIndex): DkgVerdict {
    const share = this.#waitingShares.get(from);
    if (share === undefined || !this.dealings.has(from)) return KEPT;
    this.#waitingShares.delete(from);
    return this.#judgeShare(from, share);
  }

  /** Overwrites the sub-shares, once they are added up or of no use any more. */
  wipe(): void {
    for (const subShare of this.subShares.values()) subShare.fill(0);
    this.#waitingShares.clear();
  }

  #judgeShare(from: MemberIndex, share: SignedSubShare): DkgVerdict {
    const { dealing, dealingHash } = this.dealings.get(from) as KnownDealing;
    // The dealer told us one dealing and shared of another. Its signature on the other may come with a confirmation.
    if (share.dealingHash !== dealingHash) return refused('of another dealing');
    const recipient = this.#recipient;
    if (!isValidSubShare(dealing, recipient, share.subShare, this.#arithmetic)) {
      return { kind: 'evidence', evidence: { kind: 'invalid-share', dealer: from, recipient, dealing, share } };
    }
    this.subShares.set(from, share.subShare);
    return KEPT;
  }

  /** Two dealings of one dealer, both signed, are evidence against it. */
  #compare(dealer: MemberIndex, other: DealingReference): DkgVerdict {
    const known = this.dealings.get(dealer);
    if (known === undefined || known.dealingHash === other.dealingHash) return KEPT;
    const own = { dealingHash: known.dealingHash, signature: known.signature };
    const evidence = { kind: 'two-dealings', dealer, first: own, second: other } as const;
    return isUpheld(this.#context, evidence, this.#arithmetic) ? { kind: 'evidence', evidence } : KEPT;
  }
}

/** @returns the first verdict that is not `kept`. */
function first(verdicts: Iterable<DkgVerdict>): DkgVerdict {
  for (const verdict of verdicts) if (verdict.kind !== 'kept') return verdict;
  return KEPT;
}
