import { CairnError, fromHex, utf8 } from '@cairn/primitives';
import * as backend from '#ed25519';
import { SELF_TEST_CASES } from './self-test-cases.ts';

/**
 * Runs crafted signatures, on which libraries disagree, against the backend of this process. A node calls it when it
 * starts: members that judge a signature differently would fork on it.
 * @throws CRYPTO_SELF_TEST_INVALID with the names of the cases that are judged otherwise.
 */
export function selfTestEd25519(verify: typeof backend.verify = backend.verify): void {
  const failed = SELF_TEST_CASES.filter(
    ({ publicKey, message, signature, valid }) =>
      verify(fromHex(publicKey), utf8(message), fromHex(signature)) !== valid,
  ).map(({ name }) => name);
  if (failed.length > 0) {
    throw new CairnError('CRYPTO_SELF_TEST_INVALID', 'the Ed25519 backend breaks the house rule', {
      backend: backend.backendName,
      cases: failed,
    });
  }
}
