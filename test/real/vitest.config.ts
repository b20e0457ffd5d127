import { defineConfig } from 'vitest/config';

/** `npm run test:real`: not part of `npm test`, since it needs Python and what pip brings. */
export default defineConfig({
  test: {
    root: 'test/real',
    include: ['*.real.ts'],
    globalSetup: ['python-environment.ts', '../e2e/support/installed-program.ts'],
    testTimeout: 120_000,
  },
});
