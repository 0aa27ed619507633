export * from './errors.ts';
export * from './read-attestation.ts';
export * from './trust-root.ts';
export {
  CHECK_NAMES,
  type Check,
  type CheckName,
  firstFailure,
  type VerificationReport,
  withChainCheck,
} from './verification-report.ts';
export * from './verify-attestation.ts';
export * from './verify-checkpoint.ts';
