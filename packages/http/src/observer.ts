/** What a server tells of itself, for metrics and logs. Must not throw. */
export interface HttpObserver {
  /** `route` is the pattern, never the path: labels come from a closed set. */
  requestDone?(request: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly durationMs: number;
  }): void;
  /** An error of our own, with its cause; peers' mistakes do not come here. */
  failed?(error: unknown, request: { readonly route: string; readonly method: string }): void;
  rateLimited?(): void;
  streamOpened?(stream: string): void;
  /** `slow`: cut off because it read too slowly. */
  streamClosed?(stream: string, reason: StreamEnd): void;
}

export type StreamEnd = 'client' | 'slow' | 'lifetime' | 'server';
