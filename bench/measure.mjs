import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';

const gnuTime = '/usr/bin/time';
const longestRunMs = 180_000;

/** GNU time is what tells the CPU seconds and the peak memory of another program. */
export const canMeasureProcesses = existsSync(gnuTime);

/** Whether a program of that name can be called. */
export function isOnPath(name) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}

/**
 * Runs a program to its end.
 *
 * @param program.prefix  words that run it elsewhere (`ip netns exec …`)
 * @returns wall and CPU seconds, peak memory in bytes (of the largest process), and `failure` where it did not end well
 */
export async function measure({ command, args, env, prefix = [] }, { folder, signal }) {
  const accounts = join(folder, 'time.txt');
  const timed = canMeasureProcesses ? [gnuTime, '-q', '-o', accounts, '-f', '%U %S %M'] : [];
  const [first, ...rest] = [...prefix, ...timed, command, ...args];
  const startMs = performance.now();
  const { failure, stdout } = await run(first, rest, { env, signal, mostMs: longestRunMs });
  const seconds = (performance.now() - startMs) / 1000;
  if (failure !== undefined || !canMeasureProcesses) return { failure, stdout, seconds };
  const [user, system, peakKiB] = (await readFile(accounts, 'utf8')).trim().split(' ').map(Number);
  await rm(accounts);
  return { stdout, seconds, cpuSeconds: user + system, peakBytes: peakKiB * 1024 };
}

/** Runs a program that must succeed, and gives what it printed. */
export async function must(command, args, { env = process.env, signal } = {}) {
  const { failure, stdout } = await run(command, args, { env, signal });
  if (failure !== undefined) throw new Error(`${command} ${args.join(' ')}: ${failure}`);
  return stdout;
}

function run(command, args, { env, signal, mostMs }) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    // In a group of its own, so that its children end with it, and Ctrl-C reaches only us.
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (data) => (text[stream] += data));
    }
    let tooLong = false;
    const kill = () => process.kill(-child.pid, 'SIGKILL');
    const timer = mostMs && setTimeout(() => ((tooLong = true), kill()), mostMs);
    signal?.addEventListener('abort', kill);
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    child.on('error', (error) => (end(), reject(error)));
    child.on('close', (code, killedBy) => {
      end();
      if (signal?.aborted) reject(signal.reason);
      else if (tooLong) resolve({ ...text, failure: `more than ${mostMs / 1000} s` });
      else if (code === 0) resolve(text);
      else resolve({ ...text, failure: `exit ${killedBy ?? code}: ${lastWords(text.stderr)}` });
    });
  });
}

function lastWords(stderr) {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => /^\w*error: /i.test(line)) ?? lines.at(-1);
}

/** Median, least and most of numbers, of which there is at least one. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted.at(-1) };
}
