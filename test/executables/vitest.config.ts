import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { thisPlatform } from '../nodes/node-programs.js';

const folder = join(import.meta.dirname, '..', '..', 'dist', 'executables');
const file = join(folder, `hub-${thisPlatform}${process.platform === 'win32' ? '.exe' : ''}`);

/** `npm run test:executables`: all end-to-end tests with the executable of this platform; `-- test/executables` a few. */
export default defineConfig({
  test: {
    globalSetup: ['test/e2e/support/installed-program.ts'],
    include: ['test/executables/*.executables.ts', 'test/e2e/**/*.test.ts'],
    exclude: ['test/e2e/{library,package,start-up,one-file,docker}.test.ts'],
    provide: { programUnderTest: { form: 'executable', file } },
    testTimeout: 60_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
    maxConcurrency: 10,
  },
});
