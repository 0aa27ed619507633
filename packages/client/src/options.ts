/** Bounds of a client. */
export interface ClientBounds {
  /** For an answer to begin, besides what the server was asked to wait. */
  readonly requestTimeoutMs: number;
  /** How long one long poll asks the server to wait; the client polls again. */
  readonly pollMs: number;
  /** A stream on which nothing arrives, not even a heartbeat, is opened again. */
  readonly streamIdleMs: number;
  /** First pause before a stream is opened again; doubles up to the maximum while nothing comes. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
}

export const defaultClientBounds: ClientBounds = {
  requestTimeoutMs: 15_000,
  pollMs: 30_000,
  streamIdleMs: 60_000,
  retryMsMin: 1000,
  retryMsMax: 30_000,
};
