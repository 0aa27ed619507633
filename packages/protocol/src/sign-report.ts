import { fromHex, type NetworkId, type PublicKey, type Signature } from '@cairn/primitives';
import {
  encodeReport,
  encodeReportPayload,
  type ReportPayload,
  reportProtectedHeader,
  reportSigningBytes,
} from './device-report.ts';

/** Signs with the device's key; `createSigner` of crypto is one. */
export interface ReportSigner {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Signature;
}

/** @returns the COSE_Sign1 bytes of `payload` for one network, as every node takes them; their hash is the report's id. */
export function signReport(
  payload: ReportPayload,
  by: { readonly networkId: NetworkId; readonly signer: ReportSigner; readonly algorithm?: -19 | -8 },
): Uint8Array {
  const protectedHeader = reportProtectedHeader(fromHex(by.signer.publicKey, 32), by.algorithm);
  const encoded = encodeReportPayload(payload);
  const signed = reportSigningBytes(by.networkId, { protectedHeader, payload: encoded });
  return encodeReport({ protectedHeader, payload: encoded, signature: fromHex(by.signer.sign(signed), 64) });
}
