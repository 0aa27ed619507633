import { BoundedMap } from '@cairn/primitives';
import type { RateLimit } from './options.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** One bucket of tokens per client, in bounded memory. */
export class TokenBuckets {
  readonly #limit: RateLimit;
  readonly #buckets: BoundedMap<string, Bucket>;

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#buckets = new BoundedMap(limit.clientsMax);
  }

  /** Takes one token. @returns 0 when there was one, else the milliseconds until there will be. */
  take(client: string, nowMs: number): number {
    const { perSecond, burst } = this.#limit;
    let bucket = this.#buckets.get(client);
    if (bucket === undefined) {
      bucket = { tokens: burst, filledAtMs: nowMs };
      this.#buckets.set(client, bucket);
    }
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / perSecond);
    bucket.tokens -= 1;
    return 0;
  }
}

/**
 * Who a client is to the limits: its address, an IPv4 one in its one form, an IPv6 one by its /64, of which one
 * household holds them all.
 */
export function clientOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  if (remoteAddress.startsWith('::ffff:')) return remoteAddress.slice('::ffff:'.length);
  if (!remoteAddress.includes(':')) return remoteAddress;
  const [head = '', tail = ''] = remoteAddress.split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const zeros: string[] = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
