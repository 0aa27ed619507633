import { batchForger } from './batch-forger.ts';
import type { Behaviour } from './behaviour.ts';
import { censor } from './censor.ts';
import { equivocatingLeader } from './equivocating-leader.ts';
import { equivocatingVoter } from './equivocating-voter.ts';
import { falseServer } from './false-server.ts';
import { farClaimant } from './far-claimant.ts';
import { flooder } from './flooder.ts';
import { garbageSender } from './garbage-sender.ts';
import { highCertificateLiar } from './high-certificate-liar.ts';
import { invalidSharer } from './invalid-sharer.ts';
import { nonceRefuser } from './nonce-refuser.ts';
import { nonceReuser } from './nonce-reuser.ts';
import type { Rogue } from './rogue.ts';
import { selectiveSender } from './selective-sender.ts';
import { skipSteerer } from './skip-steerer.ts';
import { staleReplayer } from './stale-replayer.ts';
import { timeLiar } from './time-liar.ts';
import { timeoutSpammer } from './timeout-spammer.ts';
import { twin } from './twin.ts';
import { voteOmitter } from './vote-omitter.ts';
import { batchWithholder, certifiedWithholder, proposalWithholder, shareWithholder } from './withholder.ts';

export { falseSnapshotServer } from './false-snapshot-server.ts';

/** Every behaviour by its name, as plans and the command line know it. */
export const BEHAVIOURS = {
  'equivocating-leader': equivocatingLeader,
  'equivocating-voter': equivocatingVoter,
  'proposal-withholder': proposalWithholder,
  'share-withholder': shareWithholder,
  'certified-withholder': certifiedWithholder,
  'batch-withholder': batchWithholder,
  'invalid-sharer': invalidSharer,
  'nonce-refuser': nonceRefuser,
  'nonce-reuser': nonceReuser,
  'stale-replayer': staleReplayer,
  'selective-sender': selectiveSender,
  'batch-forger': batchForger,
  flooder,
  'timeout-spammer': timeoutSpammer,
  'time-liar': timeLiar,
  'high-certificate-liar': highCertificateLiar,
  'garbage-sender': garbageSender,
  censor,
  'false-server': falseServer,
  'far-claimant': farClaimant,
  twin,
  'vote-omitter': voteOmitter,
  'skip-steerer': skipSteerer,
} as const satisfies Record<string, (me: Rogue) => Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;
export const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS) as BehaviourName[];
