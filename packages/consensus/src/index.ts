export * from './agreement.ts';
export * from './authenticate.ts';
export type { BlockVerdict } from './block-book.ts';
export * from './check-certificate.ts';
export * from './effects.ts';
export * from './leader.ts';
export * from './options.ts';
export * from './rules.ts';
export { type ViewTiming, viewTimeoutOf } from './timing.ts';
