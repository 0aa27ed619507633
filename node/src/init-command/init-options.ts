/** What a draft says beside its members, as given on the command line. */
export interface DraftOptions {
  readonly networkName?: string | undefined;
  readonly feeds?: string;
  readonly blockInterval: string;
  readonly viewTimeout: string;
  readonly epochBlocks: string;
}

/** Options of `cairn init`. */
export interface InitOptions extends DraftOptions {
  readonly data?: string;
  readonly name: string;
  readonly address?: readonly string[];
  readonly p2pListen?: string;
  readonly httpListen?: string;
  readonly passphraseFile?: string;
  readonly committee?: string;
  readonly host: string;
  readonly json?: boolean;
}
