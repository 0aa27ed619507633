import type { GroupArithmetic } from '@cairn/crypto/group';
import { isValidDealing, isValidSubShare } from './dkg-dealing.ts';
import { type DkgContext, type DkgEvidence, dealingHashOf, isSignedByDealer } from './dkg-message.ts';

/**
 * Judges dealer against accuser: the evidence holds if the dealer signed what it shows, and what it shows is wrong.
 * Nobody can make such evidence against an honest dealer. Never throws.
 * @returns true: the dealer is the culprit; false: whoever shows it is.
 */
export function isUpheld(context: DkgContext, evidence: DkgEvidence, arithmetic: GroupArithmetic): boolean {
  const { dealer } = evidence;
  switch (evidence.kind) {
    case 'invalid-dealing': {
      const { dealing } = evidence;
      const statement = { kind: 'dealing', dealer, dealingHash: dealingHashOf(dealing) } as const;
      return (
        isSignedByDealer(context, statement, dealing.signature) && !isValidDealing(context, dealer, dealing, arithmetic)
      );
    }
    case 'invalid-share': {
      const { dealing, recipient, share } = evidence;
      const dealingHash = dealingHashOf(dealing);
      const { subShare } = share;
      const statement = { kind: 'share', dealer, recipient, dealingHash, subShare } as const;
      return (
        share.dealingHash === dealingHash &&
        recipient < context.members.length &&
        isSignedByDealer(context, statement, share.signature) &&
        // A dealing that is itself invalid would make any share wrong; it is evidence of its own.
        isValidDealing(context, dealer, dealing, arithmetic) &&
        !isValidSubShare(dealing, recipient, subShare, arithmetic)
      );
    }
    case 'two-dealings':
      return (
        evidence.first.dealingHash !== evidence.second.dealingHash &&
        [evidence.first, evidence.second].every(({ dealingHash, signature }) =>
          isSignedByDealer(context, { kind: 'dealing', dealer, dealingHash }, signature),
        )
      );
  }
}
