import { hasCode } from '@cairn/primitives';
import { ATTESTATION_JSON_LENGTH_MAX, type TrustRoot } from '@cairn/verify';
import { clientError } from './client-error.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';
import type { HttpSource } from './http-source.ts';
import type { ClientBounds } from './options.ts';
import type { Platform } from './platform.ts';
import { type VerifiedRound, verifiedRound } from './verified.ts';

/** Which rounds a stream brings. */
export interface StreamQuery {
  /** `group: '*'` stands for all groups of the feed. */
  readonly series: readonly { readonly feed: string; readonly group?: string }[];
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Id of the last event of an earlier stream; from now on when absent. */
  readonly lastEventId?: string;
  /** Told after each event that was verified: keep it to resume after a restart. */
  readonly onEventId?: (id: string) => void;
}

interface StreamParts {
  readonly source: HttpSource;
  readonly platform: Platform;
  readonly bounds: ClientBounds;
}

/** @throws CLIENT_VERIFICATION_INVALID, CLIENT_ANSWER_*; CLIENT_SERVER_INVALID for a refusal that will not pass. */
export async function* updates(query: StreamQuery, root: TrustRoot, parts: StreamParts): AsyncGenerator<VerifiedRound> {
  const { platform, bounds } = parts;
  let { lastEventId } = query;
  let pauseMs = bounds.retryMsMin;
  while (!query.signal.aborted) {
    try {
      for await (const event of eventsOf(query, lastEventId, parts)) {
        if (event.event !== 'round') continue;
        const round = roundOf(event, query, root);
        yield round;
        lastEventId = event.id ?? lastEventId;
        if (lastEventId !== undefined) query.onEventId?.(lastEventId);
        pauseMs = bounds.retryMsMin;
      }
    } catch (error) {
      if (query.signal.aborted) return;
      if (!isPassing(error)) throw error;
    }
    await platform.sleep(pauseMs, query.signal);
    pauseMs = Math.min(bounds.retryMsMax, 2 * pauseMs);
  }
}

async function* eventsOf(
  query: StreamQuery,
  lastEventId: string | undefined,
  { source, platform, bounds }: StreamParts,
): AsyncGenerator<ServerEvent> {
  const silence = new AbortController();
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  const ids = query.series.map(({ feed, group }) => encodeURIComponent(group ? `${feed}:${group}` : feed));
  const signal = AbortSignal.any([query.signal, silence.signal]);
  const watch = new SilenceWatch(bounds.streamIdleMs, platform, silence);
  try {
    watch.heard();
    const response = await source.open(`/v1/updates/stream?${ids.map((id) => `ids[]=${id}`).join('&')}`, {
      signal,
      headers,
    });
    const reader = response.body?.getReader();
    const parser = new EventParser({ lengthMax: ATTESTATION_JSON_LENGTH_MAX });
    try {
      for (let part = await readFrom(reader); part !== undefined; part = await readFrom(reader)) {
        watch.heard();
        yield* parser.push(part);
      }
    } finally {
      await reader?.cancel().catch(() => {});
    }
  } finally {
    watch.stop();
  }
}

async function readFrom(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value;
  } catch (cause) {
    throw clientError('CLIENT_SERVER_INVALID', 'the stream broke off', { status: 0 }, cause);
  }
}

/** Aborts a stream on which nothing was heard for a while: a connection that died without a word. */
class SilenceWatch {
  readonly #idleMs: number;
  readonly #platform: Platform;
  readonly #silence: AbortController;
  #timer = new AbortController();

  constructor(idleMs: number, platform: Platform, silence: AbortController) {
    this.#idleMs = idleMs;
    this.#platform = platform;
    this.#silence = silence;
  }

  heard(): void {
    this.stop();
    const timer = new AbortController();
    this.#timer = timer;
    void this.#platform.sleep(this.#idleMs, timer.signal).then(() => {
      if (!timer.signal.aborted) this.#silence.abort();
    });
  }

  stop(): void {
    this.#timer.abort();
  }
}

function roundOf(event: ServerEvent, query: StreamQuery, root: TrustRoot): VerifiedRound {
  let json: unknown;
  try {
    json = JSON.parse(event.data);
  } catch (cause) {
    throw clientError('CLIENT_ANSWER_MALFORMED', 'an event is no JSON', {}, cause);
  }
  const round = verifiedRound(json, root, {});
  const { feed, group } = round.result;
  const isAsked = query.series.some(
    (each) => each.feed === feed && (each.group === '*' || (each.group ?? '') === group),
  );
  if (!isAsked) throw clientError('CLIENT_ANSWER_MISMATCH', 'the server sent a round that was not asked for');
  return round;
}

/** What a restart or a busy moment of the server explains; anything else will not mend by itself. */
function isPassing(error: unknown): boolean {
  if (hasCode(error, 'CLIENT_SERVER_TIMEOUT')) return true;
  if (hasCode(error, 'CLIENT_SERVER_INVALID')) {
    const status = Number(error.meta.status);
    return status === 0 || status === 429 || status >= 500;
  }
  // The silence of the stream ended it.
  return error instanceof DOMException && error.name === 'AbortError';
}
