export * from './chain-fixture.ts';
