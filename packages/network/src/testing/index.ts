export * from './committee.ts';
