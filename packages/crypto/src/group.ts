export { arithmetic as groupArithmetic } from '#group';
export * from './group-arithmetic.ts';
export * from './scalar.ts';
