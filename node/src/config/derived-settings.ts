import { availableParallelism } from 'node:os';

/** Reads `host:port`, brackets of IPv6 taken off. The text was checked when the setting was read. */
export function endpointOf(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** The main thread and the core need a core each; one thread verifies in any case, more than four gain little. */
export function defaultCryptoThreads(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 2));
}
