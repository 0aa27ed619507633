import { h3Vectors } from './h3-vectors.ts';

/** The golden documents of execution (protocol section 6): computed apart from the ledger, which must agree with them. */
export const LEDGER_VECTORS: Readonly<Record<string, () => unknown>> = {
  'ledger/h3.json': h3Vectors,
};
