/** Requests that one client may make: a bucket of `burst`, filled at `perSecond`. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  /** Clients remembered; the longest known is forgotten first. */
  readonly clientsMax: number;
}

/** Every bound of a server. None of them decides validity, so all are the operator's choice. */
export interface HttpBounds {
  readonly bodyBytesMax: number;
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  readonly requestsPerConnectionMax: number;
  readonly headersTimeoutMs: number;
  /** For the whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** For the whole response to be read by the client, besides what it asked to wait. */
  readonly responseTimeoutMs: number;
  /** A connection on which nothing moves. */
  readonly connectionIdleMs: number;
  readonly keepAliveMs: number;
  /** Requests that may wait for an event at the same time. */
  readonly waitersMax: number;
  readonly waitMs: number;
  readonly waitMsMax: number;
  readonly syncBytesMax: number;
  readonly syncBlocksMax: number;
  readonly reportsMax: number;
  readonly streamsMax: number;
  readonly streamsPerClientMax: number;
  /** A stream whose client takes nothing for this long is cut off. */
  readonly streamDrainTimeoutMs: number;
  /** After this a stream ends; the client resumes with Last-Event-ID. */
  readonly streamLifetimeMs: number;
  readonly streamHeartbeatMs: number;
  /** Unread bytes held for one stream. */
  readonly streamBufferBytesMax: number;
  /** Events kept for streams that resume. */
  readonly streamEventsMax: number;
  /** Null: none. */
  readonly rate: RateLimit | null;
}

export const defaultHttpBounds: HttpBounds = {
  bodyBytesMax: 1024 * 1024,
  headerBytesMax: 8 * 1024,
  connectionsMax: 1024,
  requestsPerConnectionMax: 100_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  responseTimeoutMs: 30_000,
  connectionIdleMs: 120_000,
  keepAliveMs: 30_000,
  waitersMax: 256,
  waitMs: 10_000,
  waitMsMax: 60_000,
  syncBytesMax: 4 * 1024 * 1024,
  syncBlocksMax: 256,
  reportsMax: 512,
  streamsMax: 256,
  streamsPerClientMax: 16,
  streamDrainTimeoutMs: 10_000,
  streamLifetimeMs: 3_600_000,
  streamHeartbeatMs: 15_000,
  streamBufferBytesMax: 256 * 1024,
  streamEventsMax: 1024,
  rate: { perSecond: 1000, burst: 4000, clientsMax: 10_000 },
};

/** Where a server listens, and its bounds where they differ from the default. */
export interface HttpServerOptions {
  /** Loopback unless the operator says otherwise. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly bounds?: Partial<HttpBounds>;
}
