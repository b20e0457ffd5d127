import { defineConfig } from 'vitest/config';

/** `npm run test:interop`: not part of `npm test`, since it needs Python and what pip brings. */
export default defineConfig({
  test: {
    include: ['test/interop/*.interop.ts'],
    globalSetup: ['test/interop/clients.ts', 'test/e2e/support/installed-program.ts'],
    testTimeout: 120_000,
  },
});
