import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly clients: readonly PythonClient[];
  }
}

/** A virtual environment with one version of huggingface_hub. */
export interface PythonClient {
  readonly version: string;
  readonly interpreter: string;
  /** Its command line tool. */
  readonly hf: string;
}

/** The newest, the last before the shared store of Xet downloads, and the last before the resuming one went away. */
const versions = ['2.4.0', '1.31.0', '0.36.2'];

/**
 * Makes an environment for each version (for the newest alone where `INTEROP=newest`) in the git-ignored `.interop/`;
 * says so on a line of its own where that can't be done.
 */
export default async function prepareClients(project: TestProject): Promise<void> {
  const clients: PythonClient[] = [];
  for (const version of process.env['INTEROP'] === 'newest' ? versions.slice(0, 1) : versions) {
    try {
      clients.push(await prepare(version));
    } catch (error) {
      const [reason = ''] = String(error).trim().split('\n').slice(-1);
      process.stderr.write(`\nSKIPPED: everything with huggingface_hub ${version}, which can't be had: ${reason}\n\n`);
    }
  }
  project.provide('clients', clients);
}

const onWindows = process.platform === 'win32';

async function prepare(version: string): Promise<PythonClient> {
  const folder = fileURLToPath(new URL(`../../.interop/${version}/`, import.meta.url));
  const programs = join(folder, onWindows ? 'Scripts' : 'bin');
  const client = { version, interpreter: join(programs, 'python'), hf: join(programs, 'hf') };
  if (await isWhole(client)) return client;
  process.stderr.write(`Installing huggingface_hub ${version} into .interop/ ...\n`);
  await run(onWindows ? 'python' : 'python3', ['-m', 'venv', '--clear', folder]);
  const pipInstall = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(client.interpreter, [...pipInstall, `huggingface_hub==${version}`]);
  return client;
}

/** Installed, and the system's Python on which it stands has not been replaced. */
async function isWhole({ interpreter, hf }: PythonClient): Promise<boolean> {
  try {
    await access(hf);
    await run(interpreter, ['-c', 'import huggingface_hub']);
    return true;
  } catch {
    return false;
  }
}

const run = promisify(execFile);
