import { h3Vectors } from './h3-vectors.ts';
import { aggregateVectors, energeticVectors, outlierVectors, percentileVectors } from './number-vectors.ts';

/** The golden documents of execution (protocol section 6): computed apart from the ledger, which must agree with them. */
export const LEDGER_VECTORS: Readonly<Record<string, () => unknown>> = {
  'ledger/h3.json': h3Vectors,
  'ledger/aggregates.json': aggregateVectors,
  'ledger/percentiles.json': percentileVectors,
  'ledger/energetic-mean.json': energeticVectors,
  'ledger/outliers.json': outlierVectors,
};
