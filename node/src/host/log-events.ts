import type { ReplicaEvent } from '@cairn/replica';
import type { Logger } from '@cairn/telemetry';

/** One line per event. `error` means that someone should look; what peers do wrong is `debug`. */
export function logEvents(log: Logger, events: readonly ReplicaEvent[]): void {
  for (const { kind, ...fields } of events) {
    switch (kind) {
      case 'certified':
        log.info('block certified', fields);
        break;
      case 'halted':
        log.error('execution of a certified block gave another header: this member has stopped signing', fields);
        break;
      case 'evidence':
        log.warn('evidence against a member goes to the chain', fields);
        break;
      case 'share-invalid':
        log.warn('a member sent an invalid signature share', fields);
        break;
      case 'timed-out':
        log.warn('view timed out', fields);
        break;
      case 'behind':
        log.debug('asks for certified blocks', fields);
        break;
      default:
        log.debug(kind, fields);
    }
  }
}
