import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which form of the program these tests run; by default the package, by their own Node. */
    readonly programUnderTest?: ProgramUnderTest;
  }
}

/** A form of the program, and the Node that runs it. */
export type ProgramUnderTest =
  | { readonly form: 'package' | 'one-file'; readonly node: string }
  | { readonly form: 'executable'; readonly file: string };

/** The words that start it. */
export function programWords(): readonly [string, ...string[]] {
  const program = programUnderTest();
  switch (program.form) {
    case 'package':
      return [program.node, join(inject('installedIn'), 'node_modules', 'model-hub-cli', 'bin', 'hub.js')];
    case 'one-file':
      return [program.node, inject('oneFile')];
    case 'executable':
      return [program.file];
  }
}

/** The Node that runs it, and scripts of its users. */
export function nodeUnderTest(): string {
  const program = programUnderTest();
  return program.form === 'executable' ? process.execPath : program.node;
}

function programUnderTest(): ProgramUnderTest {
  return inject('programUnderTest') ?? { form: 'package', node: process.execPath };
}
