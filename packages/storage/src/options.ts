/** Engineering bounds of a store; an operator rarely touches them. */
export interface StoreOptions {
  /** Open for reading beside a running process: no lock, no writes. */
  readonly readOnly: boolean;
  /** The write-ahead log is folded into the database when it has grown to so many pages of 4 KiB. */
  readonly checkpointPages: number;
  /** Page cache. */
  readonly cacheBytes: number;
}

export const defaultStoreOptions: StoreOptions = {
  readOnly: false,
  checkpointPages: 4_000,
  cacheBytes: 64 * 1024 * 1024,
};
