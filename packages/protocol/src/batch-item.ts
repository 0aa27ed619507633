/** What a batch may carry. The order is frozen; kinds without a rule yet make a batch invalid under rules version 1. */
export const ITEM_KINDS = [
  'report',
  'registration',
  'revocation',
  'evidence',
  'credit',
  'governance',
  'join',
  'dealing',
  'complaint',
  'activation',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** An item as bytes: decoded where it is verified and where it is executed. */
export interface BatchItem {
  readonly kind: ItemKind;
  readonly bytes: Uint8Array;
}
