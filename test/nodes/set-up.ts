import type { TestProject } from 'vitest/node';
import installProgram from '../e2e/support/installed-program.js';
import { installNodes } from './nodes.js';

/** Installs the Nodes and the program. Without the registry it fails, and the tests with it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [removeProgram] = await Promise.all([installProgram(project), installNodes()]);
  return removeProgram;
}
