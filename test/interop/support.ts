import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { EndedProgram } from '../e2e/support/running-program.js';
import type { Machine } from '../e2e/support/machine.js';
import { repoWith, type Repo } from '../support/hub-server/repos.js';
import type { PythonClient } from './clients.js';

export const id = 'org/model';

/** Two revisions that share their weights, files in folders, LFS and plain ones, a tag and a pull request. */
export function sampleRepo(): Repo {
  const files = {
    'config.json': '{"hidden_size": 8}',
    'README.md': '# A model\n',
    'model.safetensors': { size: 3_000_000, lfs: true },
    'onnx/model.onnx': { size: 200_000, seed: 1, lfs: true },
    'tokenizer/a/vocab.txt': 'a\nb\n',
    empty: '',
  };
  return repoWith({
    id,
    files,
    branches: { v2: { ...files, 'config.json': '{"hidden_size": 16}' } },
    pullRequests: { 1: { 'config.json': '{"hidden_size": 32}' } },
  });
}

export type Scan = {
  warnings: string[];
  repos: { repo: string; type: string; bytes: number; refs: Record<string, string>; revisions: string[] }[];
};

/** Runs one of the functions of client.py against the machine's cache. */
export async function python<Result = { path: string; files: Record<string, number> }>(
  { interpreter }: PythonClient,
  machine: Machine,
  what: 'scan' | 'snapshot' | 'file' | 'delete',
  options: Record<string, unknown> = {},
): Promise<Result> {
  const script = fileURLToPath(new URL('client.py', import.meta.url));
  const { userId, groupId } = machine;
  // The script itself becomes that user once it has loaded: the environment may lie where others can't look.
  const user = userId === undefined ? {} : { RUN_AS: JSON.stringify([userId, groupId ?? userId]) };
  const { stdout } = await promisify(execFile)(interpreter, [script, what, JSON.stringify(options)], {
    env: { ...pythonEnvironment(machine), ...user },
  });
  return JSON.parse(stdout) as Result;
}

/** Runs its command line tool. */
export async function hf({ hf: program }: PythonClient, machine: Machine, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, words, { env: pythonEnvironment(machine) });
  return stdout + stderr;
}

function pythonEnvironment(machine: Machine): Record<string, string> {
  return {
    ...machine.environment,
    HF_HUB_DISABLE_XET: '1',
    HF_HUB_DISABLE_UPDATE_CHECK: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    HF_HUB_DISABLE_PROGRESS_BARS: '1',
  };
}

/** Runs the program and looks that it ended well. */
export async function runHub(machine: Machine, ...words: string[]): Promise<EndedProgram> {
  const ended = await machine.run(...words);
  expect(ended.exitCode, `hub ${words.join(' ')}\n${ended.stdout}\n${ended.stderr}`).toBe(0);
  return ended;
}

/** What `hub` says of its cache. */
export async function findingsOf(machine: Machine): Promise<unknown[]> {
  const { stdout } = await runHub(machine, 'cache', 'ls', '--json');
  const { findings, repos } = JSON.parse(stdout) as { findings: unknown[]; repos: { findings: unknown[] }[] };
  return [...findings, ...repos.flatMap((repo) => repo.findings)];
}
