import { defineConfig } from 'vitest/config';

/** `npm run test:real`: not part of `npm test`, since it needs Python and what pip brings. */
export default defineConfig({
  test: {
    include: ['test/real/*.real.ts'],
    globalSetup: ['test/real/python-environment.ts', 'test/e2e/support/installed-program.ts'],
    testTimeout: 120_000,
  },
});
