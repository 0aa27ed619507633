import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'node/src/**/*.test.ts',
      'aggregator/src/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    // Bounds against hanging, not measures: machines of CI are shared, and many tests run real processes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
