import { sha256 } from '@cairn/crypto';
import { toBase64Url, utf8 } from '@cairn/primitives';
import type { FeedDefinition } from '@cairn/protocol';
import type { StoredRound } from './attestation-ports.ts';
import type { AppContext } from './http-app.ts';

/** Will never change. */
export const IMMUTABLE = 'public, max-age=604800, immutable';
/** Must not be kept. */
export const NO_STORE = 'no-store';
/** What is certified but not anchored yet gains its anchor soon. */
const UNANCHORED_SECONDS_MAX = 10;

export function cacheFor(seconds: number): string {
  return `public, max-age=${Math.max(1, Math.floor(seconds))}`;
}

/** A document that only an anchor can still change. */
export function cacheOf(anchored: boolean): string {
  return anchored ? IMMUTABLE : cacheFor(UNANCHORED_SECONDS_MAX / 2);
}

/** The latest round, until the next one can be there: the end of the next window and its grace. */
export function cacheOfLatest(round: StoredRound & { readonly anchored: boolean }, feed: FeedDefinition): string {
  const nextAtMs = round.result.windowEnd + feed.windowMs + feed.graceMs;
  const seconds = (nextAtMs - Date.now()) / 1000;
  return cacheFor(round.anchored ? seconds : Math.min(seconds, UNANCHORED_SECONDS_MAX));
}

/** Gives every cacheable answer an entity tag, and answers 304 to whoever has it already. */
export function addEntityTags({ app }: AppContext): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200) return payload;
    const control = reply.getHeader('cache-control');
    if (typeof control !== 'string' || !control.startsWith('public')) return payload;
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return payload;
    const bytes = typeof payload === 'string' ? utf8(payload) : payload;
    const tag = `"${toBase64Url(sha256(bytes).subarray(0, 16))}"`;
    reply.header('etag', tag);
    if (!namesTag(request.headers['if-none-match'], tag)) return payload;
    reply.code(304).removeHeader('content-length');
    return null;
  });
}

function namesTag(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((part) => part.trim().replace(/^W\//, '') === tag || part.trim() === '*') ?? false;
}
