import { type Attestation, attestationToJson, encodeAttestation } from '@cairn/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { envelope } from './envelope.ts';
import { attestationSchema, binarySchema, envelopeSchema, problemResponses } from './schemas.ts';
import { wantsCbor } from './shared-routes.ts';

/** `?encoding=cbor` or `Accept: application/cbor` gives the attestation alone, in CBOR. */
export const encodingQuery = Type.Optional(
  Type.Unsafe<'json' | 'cbor'>({ type: 'string', enum: ['json', 'cbor'], description: 'default json' }),
);

export const attestationResponses = {
  200: {
    content: {
      'application/json': { schema: envelopeSchema(attestationSchema) },
      'application/cbor': { schema: binarySchema },
    },
  },
  ...problemResponses,
};

/** Sends an attestation in the form that was asked for. */
export function sendAttestation(
  request: FastifyRequest,
  reply: FastifyReply,
  document: {
    readonly attestation: Attestation;
    readonly encoding: 'json' | 'cbor' | undefined;
    readonly cache: string;
  },
): FastifyReply {
  const { attestation, encoding, cache } = document;
  reply.header('cache-control', cache).header('vary', 'accept');
  if (encoding === 'cbor' || (encoding === undefined && wantsCbor(request.headers.accept))) {
    return reply.type('application/cbor').send(Buffer.from(encodeAttestation(attestation)));
  }
  return reply.type('application/json').send(envelope(attestationToJson(attestation), flagsOf(attestation)));
}

export function flagsOf(attestation: Attestation): { readonly finalized: true; readonly anchored: boolean } {
  return { finalized: true, anchored: attestation.anchor !== null };
}
