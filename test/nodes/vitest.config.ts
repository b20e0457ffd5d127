import { defineConfig } from 'vitest/config';
import type { ProgramUnderTest } from '../e2e/support/program-under-test.js';
import { nodeOf, supportedNodes } from './nodes.js';

/**
 * `npm run test:nodes`: not part of `npm test`, since it needs Node's programs from npm. All end-to-end tests under each
 * Node; `npm run test:nodes -- test/nodes` is a short look, as in `.ci/run`.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/nodes/set-up.ts'],
    projects: [
      ...supportedNodes.map((version) => project(`node ${version}`, { form: 'package', node: nodeOf(version) })),
      project('one file', { form: 'one-file', node: nodeOf('24') }, [
        'test/e2e/{library,package,start-up,one-file,docker}.test.ts',
      ]),
      { test: { name: 'old nodes', include: ['test/nodes/old-nodes.nodes.ts'] } },
    ],
    maxWorkers: 3,
  },
});

function project(name: string, programUnderTest: ProgramUnderTest, exclude: string[] = []) {
  return {
    test: {
      name,
      include: ['test/nodes/every-part.nodes.ts', 'test/e2e/**/*.test.ts'],
      exclude,
      provide: { programUnderTest },
      testTimeout: 60_000,
      hookTimeout: 30_000,
      maxConcurrency: 10,
    },
  };
}
