import type { NetworkId, Signature } from '@cairn/primitives';
import {
  type AgreementMessage,
  nonceRefusalSigningBytes,
  signatureShareSigningBytes,
  signRequestSigningBytes,
} from './agreement-message.ts';
import { headerHash } from './block-header.ts';
import { prepareVoteSigningBytes, proposalSigningBytes, timeoutVoteSigningBytes } from './certificate.ts';
import { type NonceCommitment, nonceCommitmentSigningBytes } from './nonce-commitment.ts';
import type { Position } from './position.ts';

/** A message before its sender's signatures are in it: those fields are absent. */
export type UnsignedMessage<M extends AgreementMessage> = M extends { commitment: NonceCommitment }
  ? Omit<M, 'signature' | 'commitment'> & { readonly commitment: UnsignedCommitment }
  : M extends { nextCommitment: NonceCommitment | null }
    ? Omit<M, 'signature' | 'nextCommitment'> & { readonly nextCommitment: UnsignedCommitment | null }
    : Omit<M, 'signature'>;
export type UnsignedCommitment = Omit<NonceCommitment, 'signature'>;

/** Any agreement message before it is signed. A certified block carries no signature of its sender. */
export type UnsignedAgreement = {
  [K in AgreementMessage['kind']]: UnsignedMessage<Extract<AgreementMessage, { kind: K }>>;
}[AgreementMessage['kind']];

/**
 * Puts the sender's signatures in. Ed25519 is deterministic: the same message is sealed to the same bytes.
 * @param sign the member's identity key over given bytes.
 */
export function sealMessage(
  networkId: NetworkId,
  message: UnsignedAgreement,
  sign: (bytes: Uint8Array) => Signature,
): AgreementMessage {
  const sealCommitment = (at: Position, commitment: UnsignedCommitment): NonceCommitment => ({
    ...commitment,
    signature: sign(nonceCommitmentSigningBytes(networkId, { ...at, ...commitment })),
  });
  switch (message.kind) {
    case 'proposal': {
      const { epoch, height, view } = message;
      const statement = { epoch, height, view, blockHash: headerHash(message.block.header) };
      return { ...message, signature: sign(proposalSigningBytes(networkId, statement)) };
    }
    case 'prepare-vote':
      return {
        ...message,
        commitment: sealCommitment(message, message.commitment),
        signature: sign(prepareVoteSigningBytes(networkId, message)),
      };
    case 'sign-request':
      return { ...message, signature: sign(signRequestSigningBytes(networkId, message)) };
    case 'signature-share':
      return {
        ...message,
        nextCommitment: message.nextCommitment && sealCommitment(message, message.nextCommitment),
        signature: sign(signatureShareSigningBytes(networkId, message)),
      };
    case 'nonce-refusal':
      return {
        ...message,
        commitment: sealCommitment(message, message.commitment),
        signature: sign(nonceRefusalSigningBytes(networkId, message)),
      };
    case 'timeout-vote':
      return { ...message, signature: sign(timeoutVoteSigningBytes(networkId, message)) };
    case 'certified-block':
      return message;
  }
}
