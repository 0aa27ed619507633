import type { NetworkId } from '@cairn/primitives';
import { type RegistrationBody, type ReportSigner, registrationCodec } from '@cairn/protocol';

/** @returns the bytes of a registration, signed by a registrar of its feeds, or by the device itself for open feeds. */
export function signRegistration(
  body: RegistrationBody,
  by: { readonly networkId: NetworkId; readonly signer: ReportSigner },
): Uint8Array {
  const signature = by.signer.sign(registrationCodec.signingBytes(by.networkId, body));
  return registrationCodec.encode({ body, signer: by.signer.publicKey, signature });
}
