export * from './agreement.ts';
export * from './authenticate.ts';
export * from './check-certificate.ts';
export * from './effects.ts';
export * from './leader.ts';
export * from './rules.ts';
