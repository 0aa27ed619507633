import type { VerifySignature } from '@cairn/consensus';
import { sha256Hash } from '@cairn/crypto';
import { BoundedMap } from '@cairn/primitives';

/**
 * Remembers signatures that verified: the votes of a certificate come again in sign requests, certified blocks and the
 * next proposal. Only good ones are kept, so nobody can fill it with what cost him nothing.
 */
export function cachedVerify(verify: VerifySignature, entriesMax: number): VerifySignature {
  const known = new BoundedMap<string, true>(entriesMax);
  return (publicKey, message, signature) => {
    const key = publicKey + signature + sha256Hash(message);
    if (known.has(key)) return true;
    const isValid = verify(publicKey, message, signature);
    if (isValid) known.set(key, true);
    return isValid;
  };
}
