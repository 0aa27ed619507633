import { EXACT_TIMEOUT_CERTIFICATE } from './exact-timeout-certificate.ts';
import { HIGHEST_CERTIFICATE } from './highest-certificate.ts';
import { NEVER_AFTER_TIMEOUT } from './never-after-timeout.ts';
import { NONCE_OF_ITS_VIEW } from './nonce-of-its-view.ts';
import { SIGNED_POSITION } from './signed-position.ts';

export * from './fork-attack.ts';

/** One steered schedule for each rule that protocol.md marks [fork]. */
export const FORK_ATTACKS = [
  SIGNED_POSITION,
  EXACT_TIMEOUT_CERTIFICATE,
  HIGHEST_CERTIFICATE,
  NONCE_OF_ITS_VIEW,
  NEVER_AFTER_TIMEOUT,
] as const;
