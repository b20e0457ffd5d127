import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Many wait for a slow link of theirs: one more than there are cores of a small machine.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/support/installed-program.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          // After the unit tests, and few at a time: each test has a hub and one or two programs that want a core, and many wait.
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
          // Of the seeds of chaos, which mostly wait for a slow link.
          maxConcurrency: 10,
        },
      },
    ],
  },
});
