import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder in whose node_modules the packed program is installed, as a user would have it. */
    readonly installedIn: string;
    /** The copy of the project, built, of which the package was packed. */
    readonly project: string;
    /** The program in one file, with nothing beside it. */
    readonly oneFile: string;
  }
}

/**
 * Packs and installs the program once for all end-to-end tests. A copy of the project is built and packed, so that these
 * tests neither read a stale `dist/` nor pull one away from under somebody.
 */
export default async function installProgram(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-e2e-installed-'));
  // Some tests run the program as another user.
  await chmod(folder, 0o755);
  try {
    const copy = await copyProject(join(folder, 'project'));
    const installed = join(folder, 'user');
    await mkdir(installed);
    await npm(['pack', '--pack-destination', folder], copy);
    const { version } = await packageOf(copy);
    await npm(['install', '--no-save', join(folder, `model-hub-cli-${version}.tgz`)], installed);
    project.provide('project', copy);
    project.provide('installedIn', installed);
    const oneFile = join(folder, 'alone', 'hub.mjs');
    await cp(join(copy, 'dist', 'hub.mjs'), oneFile);
    project.provide('oneFile', oneFile);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
  return () => rm(folder, { recursive: true });
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

async function copyProject(copy: string): Promise<string> {
  const leftOut = new Set(['node_modules', 'dist', 'coverage', 'test', 'fixtures', 'bench']);
  await cp(root, copy, {
    recursive: true,
    filter: (source) => {
      const [top = ''] = relative(root, source).split(sep);
      return !leftOut.has(top) && !top.startsWith('.');
    },
  });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}

async function packageOf(folder: string): Promise<{ version: string }> {
  const { stdout } = await run('npm', ['pkg', 'get', 'version'], { cwd: folder, shell: onWindows });
  return { version: JSON.parse(stdout) as string };
}

async function npm(words: readonly string[], cwd: string): Promise<void> {
  await run('npm', [...words, '--offline', '--no-audit', '--no-fund'], { cwd, shell: onWindows });
}

const run = promisify(execFile);

/** There npm is a batch file. */
const onWindows = process.platform === 'win32';
