import { cp } from 'node:fs/promises';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');

/** A copy of the built program, which nobody rebuilds while it is measured. */
export async function copyProgram(folder) {
  const copy = join(folder, 'program');
  for (const name of ['bin', 'dist', 'package.json']) {
    await cp(join(project, name), join(copy, name), { recursive: true });
  }
  return join(copy, 'bin/hub.js');
}
