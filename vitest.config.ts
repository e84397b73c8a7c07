import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Flakes are bugs: no project sets `retry`. Groups run one after the other, so that a slow simulation never starves
// an end-to-end test of the two cores that a small machine has.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 60_000,
    reporters: ['default', './test/reporter.ts'],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.spec.ts'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'tidy',
          include: ['test/tidy/**/*.spec.ts'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'test/unit/**/*.spec.ts'],
          testTimeout: 10_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // The example imports what users import; here that is the source, which needs no build.
        resolve: {
          alias: [
            { find: 'peertree/simulation/vitest', replacement: source('src/runtime/simulation/vitest.ts') },
            { find: 'peertree/simulation', replacement: source('src/runtime/simulation/index.ts') },
          ],
        },
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.spec.ts', 'test/mutants/**/*.spec.ts', 'examples/**/*.spec.ts'],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          // Real processes, ports and disks: one file at a time, and patience with a busy machine.
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
