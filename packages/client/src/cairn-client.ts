import { CairnError, type Hash, type NetworkId, toHash, type UnixMs } from '@cairn/primitives';
import { decodeGenesis, type FeedDefinition, GENESIS_BYTES_MAX, type Genesis } from '@cairn/protocol';
import { type Trust, TrustRoot } from '@cairn/verify';
import { CheckpointWatch, type VerifiedCheckpoint } from './checkpoint-watch.ts';
import { clientError } from './client-error.ts';
import { HttpSource } from './http-source.ts';
import { type ClientBounds, defaultClientBounds } from './options.ts';
import { defaultPlatform, type Platform } from './platform.ts';
import { type StreamQuery, updates } from './update-stream.ts';
import { type VerifiedReport, type VerifiedRound, verifiedReport, verifiedRound } from './verified.ts';

/** Which results: of one feed and, where it has groups, one of them. */
export interface Series {
  readonly feed: string;
  readonly group?: string;
}

/** How one question is asked. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Refuse what is older; needs `nowMs` of the platform. */
  readonly maxAgeMs?: number;
}

/** Where to ask and what to trust. The network id alone is enough: the genesis document is fetched and hashed. */
export interface ClientConfig extends Partial<ClientBounds> {
  /** An aggregator; it is not trusted. */
  readonly baseUrl: string;
  readonly trust: Trust | TrustRoot | { readonly networkId: NetworkId | string };
}

/** Rounds of one page of the history. */
const PAGE = 100;
/** A page of results without their proofs. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024;

/** Reads a network through any aggregator and believes only what it verified. Nothing unverified leaves it. */
export class CairnClient {
  readonly #bounds: ClientBounds;
  readonly #platform: Platform;
  readonly #source: HttpSource;
  readonly #trust: ClientConfig['trust'];
  #root: TrustRoot | undefined;
  #genesis: Genesis | undefined;
  #watch: CheckpointWatch | undefined;

  /** @throws CLIENT_OPTIONS_INVALID, VERIFY_TRUST_* */
  constructor(config: ClientConfig, platform: Partial<Platform> = {}) {
    const { baseUrl, trust, ...bounds } = config;
    this.#bounds = { ...defaultClientBounds, ...bounds };
    this.#platform = { ...defaultPlatform, ...platform };
    this.#source = new HttpSource({ baseUrl, timeoutMs: this.#bounds.requestTimeoutMs }, { platform: this.#platform });
    this.#trust = trust;
    if (trust instanceof TrustRoot || 'genesis' in trust || 'groupKey' in trust) this.#root = TrustRoot.of(trust);
  }

  /** The trusted network id and group key. @throws VERIFY_TRUST_*, CLIENT_SERVER_*, CLIENT_ANSWER_EXCEEDED */
  async root(signal?: AbortSignal): Promise<TrustRoot> {
    if (this.#root === undefined) {
      const { networkId } = this.#trust as { readonly networkId: string };
      this.#root = TrustRoot.of({ genesis: await this.#genesisBytes(signal), networkId });
    }
    return this.#root;
  }

  /** The genesis document, checked by its hash: members, parameters, feeds. @throws as `root` */
  async genesis(signal?: AbortSignal): Promise<Genesis> {
    if (this.#genesis === undefined) {
      const { networkId } = await this.root(signal);
      const bytes = await this.#genesisBytes(signal);
      TrustRoot.of({ genesis: bytes, networkId });
      this.#genesis = decodeGenesis(bytes);
    }
    return this.#genesis;
  }

  /** The feeds that the network began with: channels, units, exponents, rules. @throws as `root` */
  async feeds(signal?: AbortSignal): Promise<readonly FeedDefinition[]> {
    return (await this.genesis(signal)).feeds;
  }

  /** The latest round that the server has. It may hide a later one: bound its age with `maxAgeMs`. */
  async latest(series: Series, options: AskOptions = {}): Promise<VerifiedRound> {
    return this.#round(series, `rounds/latest?${groupQuery(series)}`, options, () => true);
  }

  /** The round of the window that starts then. */
  async round(series: Series & { readonly windowStart: UnixMs }, options: AskOptions = {}): Promise<VerifiedRound> {
    const { windowStart } = series;
    const path = `rounds/${windowStart}?${groupQuery(series)}`;
    return this.#round(series, path, options, (round) => round.result.windowStart === windowStart);
  }

  /** The round whose window holds that time. */
  async roundAt(series: Series & { readonly at: UnixMs }, options: AskOptions = {}): Promise<VerifiedRound> {
    const { at } = series;
    const path = `rounds/at/${at}?${groupQuery(series)}`;
    return this.#round(series, path, options, ({ result }) => result.windowStart <= at && at < result.windowEnd);
  }

  /** Waits for the first round after `after`, or after the latest: polls until there is one or the signal aborts. */
  async next(series: Series & { readonly after?: UnixMs }, options: AskOptions = {}): Promise<VerifiedRound> {
    const { pollMs } = this.#bounds;
    const after = series.after ?? (await this.#latestStart(series, options));
    const wait = `after=${after}&timeout=${Math.ceil(pollMs / 1000)}`;
    const path = `${feedPath(series)}/rounds/next?${wait}&${groupQuery(series)}`;
    for (;;) {
      options.signal?.throwIfAborted();
      const json = await this.#source.json(path, { signal: options.signal, patienceMs: pollMs });
      if (json === undefined) continue;
      return this.#checked(json, series, options, ({ result }) => result.windowStart > after);
    }
  }

  /**
   * Past rounds, newest first, each fetched with its proof and verified. That none was left out is not proven.
   * @param query from <= windowStart < to.
   */
  async *history(
    query: Series & { readonly from?: UnixMs; readonly to?: UnixMs; readonly limit?: number },
    options: AskOptions = {},
  ): AsyncGenerator<VerifiedRound> {
    const { from = 0, limit = Number.POSITIVE_INFINITY } = query;
    let { to } = query;
    for (let count = 0; count < limit; ) {
      const bounds = `from=${from}${to === undefined ? '' : `&to=${to}`}&limit=${Math.min(PAGE, limit - count)}`;
      const path = `${feedPath(query)}/rounds?${bounds}&${groupQuery(query)}`;
      const page = pageOf(await this.#source.json(path, { signal: options.signal, bytesMax: PAGE_BYTES_MAX }));
      for (const windowStart of page.windowStarts) {
        // The page is a hint: what it says of values is never read, and its order must lead on.
        if (windowStart < from || (to !== undefined && windowStart >= to)) throw mismatch('a window in order');
        to = windowStart;
        yield await this.round({ ...query, windowStart }, options);
        if (++count >= limit) return;
      }
      if (page.isLast || page.windowStarts.length === 0) return;
    }
  }

  /** The proof that a report was accepted. @param id SHA-256 of the report's bytes. */
  async report(id: Hash | string, options: AskOptions = {}): Promise<VerifiedReport> {
    const json = await this.#source.json(`/v1/reports/${toHash(id)}/proof`, { signal: options.signal });
    const report = verifiedReport(json, await this.root(options.signal), this.#freshness(options));
    if (report.device.id !== id) throw mismatch('the report that was asked for');
    return report;
  }

  /**
   * The latest signed checkpoint. Every one is compared with the largest seen before: a log that was rewritten, or
   * another log shown to this client alone, ends with CLIENT_HISTORY_INVALID.
   */
  async checkpoint(options: Pick<AskOptions, 'signal'> = {}): Promise<VerifiedCheckpoint> {
    this.#watch ??= new CheckpointWatch(await this.root(options.signal), { source: this.#source });
    return this.#watch.latest(options.signal);
  }

  /**
   * Rounds as they are certified, over server-sent events. Reconnects by itself and resumes where it was, until the
   * signal aborts. A document that does not verify ends it with CLIENT_VERIFICATION_INVALID.
   */
  async *updates(query: StreamQuery): AsyncGenerator<VerifiedRound> {
    const root = await this.root(query.signal);
    yield* updates(query, root, { source: this.#source, platform: this.#platform, bounds: this.#bounds });
  }

  async #round(
    series: Series,
    path: string,
    options: AskOptions,
    isAsked: (round: VerifiedRound) => boolean,
  ): Promise<VerifiedRound> {
    const json = await this.#source.json(`${feedPath(series)}/${path}`, { signal: options.signal });
    return this.#checked(json, series, options, isAsked);
  }

  async #checked(
    json: unknown,
    { feed, group = '' }: Series,
    options: AskOptions,
    isAsked: (round: VerifiedRound) => boolean,
  ): Promise<VerifiedRound> {
    const round = verifiedRound(json, await this.root(options.signal), this.#freshness(options));
    const isOfSeries = round.result.feed === feed && round.result.group === group;
    if (!isOfSeries || !isAsked(round)) throw mismatch('the round that was asked for');
    return round;
  }

  /** A feed without any round yet begins at its first. */
  async #latestStart(series: Series, { signal }: AskOptions): Promise<UnixMs> {
    try {
      return (await this.latest(series, signal === undefined ? {} : { signal })).result.windowStart;
    } catch (error) {
      if (error instanceof CairnError && error.meta.code === 'HTTP_ROUND_UNKNOWN') return 0;
      throw error;
    }
  }

  #freshness({ maxAgeMs }: AskOptions) {
    if (maxAgeMs === undefined) return {};
    const { nowMs } = this.#platform;
    if (nowMs === undefined) throw clientError('CLIENT_OPTIONS_INVALID', 'maxAgeMs needs a platform with nowMs');
    return { maxAgeMs, nowMs: nowMs() };
  }

  #genesisBytes(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const headers = { accept: 'application/cbor' };
    return this.#source.bytes('/v1/genesis', { signal, headers, bytesMax: GENESIS_BYTES_MAX });
  }
}

function feedPath({ feed }: Series): string {
  return `/v1/feeds/${encodeURIComponent(feed)}`;
}

function groupQuery({ group }: Series): string {
  return group === undefined || group === '' ? '' : `group=${encodeURIComponent(group)}`;
}

function pageOf(json: unknown): { readonly windowStarts: readonly number[]; readonly isLast: boolean } {
  const { rounds, next } = ((json as { data?: unknown } | null)?.data ?? {}) as { rounds?: unknown; next?: unknown };
  const starts = Array.isArray(rounds) ? rounds.map((round) => round?.result?.windowStart) : undefined;
  if (starts === undefined || starts.length > PAGE || !starts.every(Number.isSafeInteger)) {
    throw clientError('CLIENT_ANSWER_MALFORMED', 'no page of rounds');
  }
  return { windowStarts: starts, isLast: next === null || next === undefined };
}

function mismatch(what: string): CairnError {
  return clientError('CLIENT_ANSWER_MISMATCH', `the server did not send ${what}`);
}
