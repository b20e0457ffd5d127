import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly clients: readonly PythonClient[];
    readonly datasets: readonly PythonDatasets[];
  }
}

/** A virtual environment with one version of huggingface_hub. */
export interface PythonClient {
  readonly version: string;
  readonly interpreter: string;
  /** Its command line tool. */
  readonly hf: string;
}

/** A virtual environment with `datasets`. */
export interface PythonDatasets {
  readonly version: string;
  readonly interpreter: string;
}

/** The newest, the last before the shared store of Xet downloads, and the last before the resuming one went away. */
const versions = ['2.4.0', '1.31.0', '0.36.2'];

const datasetsVersion = '5.2.0';

/**
 * Makes an environment for each version (for the newest alone where `INTEROP=newest`, without `datasets`, which is large)
 * in the git-ignored `.interop/`; says so on a line of its own where that can't be done.
 */
export default async function prepareClients(project: TestProject): Promise<void> {
  const newestOnly = process.env['INTEROP'] === 'newest';
  const clients: PythonClient[] = [];
  for (const version of newestOnly ? versions.slice(0, 1) : versions) {
    const client = await prepare('huggingface_hub', version);
    if (client !== undefined) clients.push(client);
  }
  const datasets = newestOnly ? undefined : await prepare('datasets', datasetsVersion);
  if (newestOnly) process.stderr.write('Left out with INTEROP=newest: everything with datasets\n');
  project.provide('clients', clients);
  project.provide('datasets', datasets === undefined ? [] : [datasets]);
}

/** Undefined where it can't be had, which is said. */
async function prepare(library: Library, version: string): Promise<PythonClient | undefined> {
  try {
    return await install(library, version);
  } catch (error) {
    const [reason = ''] = String(error).trim().split('\n').slice(-1);
    process.stderr.write(`\nSKIPPED: everything with ${library} ${version}, which can't be had: ${reason}\n\n`);
    return undefined;
  }
}

type Library = 'huggingface_hub' | 'datasets';

const onWindows = process.platform === 'win32';

async function install(library: Library, version: string): Promise<PythonClient> {
  const name = library === 'datasets' ? `datasets-${version}` : version;
  const folder = fileURLToPath(new URL(`../../.interop/${name}/`, import.meta.url));
  const programs = join(folder, onWindows ? 'Scripts' : 'bin');
  const client = { version, interpreter: join(programs, 'python'), hf: join(programs, 'hf') };
  if (await isWhole(client, library)) return client;
  process.stderr.write(`Installing ${library} ${version} into .interop/ ...\n`);
  await run(onWindows ? 'python' : 'python3', ['-m', 'venv', '--clear', folder]);
  const pipInstall = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(client.interpreter, [...pipInstall, `${library}==${version}`]);
  return client;
}

/** Installed, and the system's Python on which it stands has not been replaced. */
async function isWhole({ interpreter, hf }: PythonClient, library: Library): Promise<boolean> {
  try {
    await access(hf);
    await run(interpreter, ['-c', `import ${library}`]);
    return true;
  } catch {
    return false;
  }
}

const run = promisify(execFile);
