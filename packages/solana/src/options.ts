/** One signature of the fee payer and one in the precompile, 5,000 lamports each. */
export const BASE_FEE_LAMPORTS = 10_000;

/** How anchors are submitted. Times in milliseconds, fees in lamports, prices in micro-lamports per compute unit. */
export interface AnchorOptions {
  /** The newest checkpoint is anchored at most this often, and only if the tree grew. */
  readonly intervalMs: number;
  /** How often a transaction that is not confirmed is looked for. */
  readonly pollMs: number;
  /** How often a confirmed one is looked at until it is final. */
  readonly finalityPollMs: number;
  /** How often the same signed bytes are sent again until they are confirmed: it costs nothing, since they land once. */
  readonly resendMs: number;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** The memo's cost differs by cluster; the fee counts the limit, not what was used. */
  readonly computeUnitLimit: number;
  readonly computeUnitPriceMin: number;
  /** No anchor costs more than this, whatever the market says. */
  readonly feeLamportsMax: number;
  /** What to ask a test chain's faucet for when the fee payer has too little; 0 never asks. */
  readonly airdropLamports: number;
}

export const defaultAnchorOptions: AnchorOptions = {
  intervalMs: 60_000,
  pollMs: 2000,
  finalityPollMs: 5000,
  resendMs: 4000,
  backoffMsMin: 1000,
  backoffMsMax: 60_000,
  computeUnitLimit: 100_000,
  computeUnitPriceMin: 1000,
  feeLamportsMax: 100_000,
  airdropLamports: 0,
};

export interface AnchorPrice {
  readonly computeUnitPriceMicroLamports: number;
  /** All that the transaction can cost. */
  readonly feeLamports: number;
  readonly isCapped: boolean;
}

/**
 * The price doubles with each attempt, from what recent blocks took, up to the cap.
 * @param attempt 1 for the first.
 */
export function anchorPrice(options: AnchorOptions, recentPrice: number, attempt: number): AnchorPrice {
  const limit = options.computeUnitLimit;
  const priceMax = Math.max(0, Math.floor(((options.feeLamportsMax - BASE_FEE_LAMPORTS) * 1e6) / limit));
  const wanted = Math.max(options.computeUnitPriceMin, recentPrice) * 2 ** Math.min(attempt - 1, 20);
  const price = Math.min(wanted, priceMax);
  return {
    computeUnitPriceMicroLamports: price,
    feeLamports: BASE_FEE_LAMPORTS + Math.ceil((price * limit) / 1e6),
    isCapped: wanted > priceMax,
  };
}
