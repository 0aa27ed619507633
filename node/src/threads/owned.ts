/**
 * @returns a copy that nobody else sees, alone in its buffer: it can be handed to another thread. What libp2p or fastify
 * gave may be a view into their pools, and they go on using it.
 */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
