import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Finding, ok, warning } from './finding.js';

export interface CalledProgram {
  /** The variable `PATH`. */
  readonly searchPath: string;
  /** The file that runs. */
  readonly file: string;
}

const names = process.platform === 'win32' ? ['hub.exe', 'hub.cmd', 'hub.bat'] : ['hub'];

/** Is `hub` this program, or another one that comes first in `PATH`? GitHub's old tool bears that name too. */
export function examineProgram({ searchPath, file }: CalledProgram): Finding {
  const about = { check: 'program', target: 'hub' } as const;
  const first = searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isFile);
  if (first === undefined) return ok({ ...about, message: `not in PATH; this one is ${file}` });
  if (isSame(first, file) || isLauncherOfOurs(first)) return ok({ ...about, message: first });
  return warning({
    ...about,
    message: `the first "hub" in PATH is another program: ${first}`,
    hint: "GitHub's old tool is called hub too: call this one model-hub, or put its folder before the other in PATH.",
  });
}

function isFile(path: string): boolean {
  return read(path, (descriptor) => fstatSync(descriptor).isFile()) ?? false;
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** npm on Windows, pnpm and yarn put a small script there, which names the package. */
function isLauncherOfOurs(path: string): boolean {
  const head = read(path, (descriptor) => {
    const bytes = Buffer.alloc(4096);
    return bytes.subarray(0, readSync(descriptor, bytes)).toString('latin1');
  });
  return head?.includes('model-hub-cli') === true;
}

function read<T>(path: string, look: (descriptor: number) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return look(descriptor);
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
