import type { AnchorSubmitterEvent } from '@cairn/solana';
import type { Logger } from '@cairn/telemetry';
import type { FollowerEvent } from './follower.ts';

/** A source that misbehaves is named, yet costs no alarm: others are asked. Only our own trouble is an error. */
export function logFollower(log: Logger, event: FollowerEvent): void {
  switch (event.kind) {
    case 'followed': {
      const last = event.commits.at(-1);
      log.debug('blocks archived', { count: event.commits.length, height: last?.height, source: event.source });
      return;
    }
    case 'invalid':
      log.warn('a source served an invalid block', {
        source: event.source,
        height: event.height,
        fault: event.fault,
      });
      return;
    case 'unreachable':
      log.debug('a source does not answer', { source: event.source, code: event.code });
      return;
    case 'verifier-failed':
      log.error('no thread checks signatures', { err: event.error });
      return;
    case 'diverged':
      log.error('execution of a certified block gives another header: following stops', {
        height: event.height,
        fault: event.fault,
      });
      return;
    case 'archive-failed':
      log.error('the archive cannot be written', { err: event.error, retryInMs: event.retryInMs });
      return;
    default:
      return;
  }
}

export function logAnchoring(log: Logger, event: AnchorSubmitterEvent): void {
  switch (event.kind) {
    case 'anchor': {
      const { status, treeSize, slot, transaction, attempt } = event.record;
      log.info('anchor', { status, treeSize, slot, transaction, attempt });
      return;
    }
    case 'chain-entered':
      log.info('anchoring on a chain', { chain: event.chain, previous: event.previous });
      return;
    case 'rpc-failed':
      log.warn('the RPC of the chain does not answer', { code: event.code, failures: event.failures });
      return;
    case 'send-refused':
      log.warn('the RPC refused an anchor', { code: event.code, transaction: event.transaction });
      return;
    case 'fee-capped':
      log.warn('the fee of an anchor is at its cap', { feeLamports: event.feeLamports });
      return;
    case 'balance-missing': {
      const { balanceLamports, feeLamports } = event;
      if (event.isAirdropAsked) log.info('the test chain is asked to fund the fee payer', { balanceLamports });
      else log.warn('the fee payer cannot pay an anchor', { balanceLamports, feeLamports });
      return;
    }
    case 'store-failed':
      log.error('an anchor record cannot be written', { retryInMs: event.retryInMs });
      return;
    default:
      return;
  }
}
