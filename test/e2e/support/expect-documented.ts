import { expectDocument, expectEvent } from '../../documents/expect-document.js';
import type { EndedProgram } from './running-program.js';

/**
 * Judges what the program printed for scripts: the document of `--json`, and the lines of `--progress json`.
 *
 * @throws Error  docs/json.md says something else of it
 */
export function expectDocumented(words: readonly string[], { stdout, stderr }: EndedProgram): void {
  if (words.includes('--json') && stdout !== '') expectDocument(words, JSON.parse(stdout));
  if (!words.join(' ').includes('--progress json')) return;
  for (const line of stderr.split('\n')) if (line !== '') expectEvent(JSON.parse(line));
}
