import { configDefaults, defineConfig } from 'vitest/config';

const processes = ['packages/network/src/**/*.test.ts', 'test/{network,deploy,devnet,client,faults}/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Bounds against hanging, not measures: machines of CI are shared, and many tests run real processes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: [
            'packages/*/src/**/*.test.ts',
            'node/src/**/*.test.ts',
            'aggregator/src/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...processes],
        },
      },
      {
        extends: true,
        // Real sockets and processes on a machine that others use too: a second try, and the test run names who needed it.
        test: { name: 'processes', include: processes, retry: 1 },
      },
    ],
  },
});
