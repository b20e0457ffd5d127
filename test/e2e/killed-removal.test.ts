import { cpSync, rmSync } from 'node:fs';
import { cp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openUnused } from '../../src/cache/one-file.js';
import { takeInventory } from '../../src/cache/inventory/take-inventory.js';
import { Random } from '../chaos/random.js';
import { RepoBuilder, commitOf, dayMs, digestOf, hourMs } from '../support/cache-builder.js';
import { repoWith } from '../support/hub-server/repos.js';
import { treeOf } from './support/cache-folder.js';
import { type Machine, newMachine, serve } from './support/machine.js';

/** So many in all; `HUB_KILLS=100 npx vitest run --project e2e test/e2e/killed-removal.test.ts` for a long look. */
const kills = Number(process.env['HUB_KILLS'] ?? 20);
const seed = Number(process.env['HUB_SEED'] ?? 1);
const preload = pathToFileURL(join(import.meta.dirname, 'support', 'kill-at.mjs')).href;

const numbers = [1, 2, 3, 4, 5];
const everyFile = ['model.bin', 'config.json', ...numbers.map((n) => `sub/${String(n)}.txt`)];
const weights = 'w'.repeat(100_000);
const writer = 'b'.repeat(16);

/** Two repos that share, with something for each command to take. */
function fill(cacheDir: string): void {
  const a = new RepoBuilder(cacheDir, 'models--org--a');
  const files = (digit: string) => ({
    'model.bin': weights,
    'config.json': digit,
    ...Object.fromEntries(numbers.map((n) => [`sub/${String(n)}.txt`, `${digit} ${String(n)}`])),
  });
  a.revision('1', { files: files('1'), usedMsAgo: 60 * dayMs });
  a.revision('2', { files: files('2'), refs: ['v1', 'refs/pr/1'], usedMsAgo: 50 * dayMs });
  a.revision('3', { files: files('3'), refs: ['main'], usedMsAgo: 2 * dayMs });
  a.listing(commitOf('4'), { x: 'arrived', y: 'arriving' });
  a.blob('arrived', 9 * dayMs);
  a.request(commitOf('4'), { completed: false, msAgo: 9 * dayMs });
  a.write(`.hub/partial/${digestOf('gone')}.${writer}/bytes`, 'part');
  a.write(`.hub/partial/${digestOf('gone')}.${writer}/journal`, 'part');
  a.write(`blobs/${'e'.repeat(64)}.incomplete`, 'part', 2 * hourMs);
  const b = new RepoBuilder(cacheDir, 'models--org--b');
  a.shareWith(b, digestOf(weights));
  b.revision('5', { files: files('5'), refs: ['main'], usedMsAgo: 40 * dayMs });
}

/** What is wrong with a cache: half a revision, a dangling link, a ref to nothing, a false blob, anything that is found. */
async function faultsOf(cacheDir: string, removedFile: string | undefined): Promise<string[]> {
  const { findings, repos } = await takeInventory(cacheDir, { signal: new AbortController().signal });
  const faults = [...findings, ...repos.flatMap((repo) => repo.findings)].map(
    ({ path, reason }) => `${path}: ${reason}`,
  );
  for (const { path: folder, blobs, revisions } of repos) {
    for (const name of blobs.keys()) {
      const path = join(folder, 'blobs', name);
      if (digestOf(await readUnused(path)) !== name) faults.push(`${path}: other bytes`);
    }
    for (const { path, entries } of revisions) {
      const lacking = everyFile.filter((file) => entries.every((entry) => entry.path !== file));
      if (lacking.some((file) => file !== removedFile)) faults.push(`${path}: lacks ${lacking.join(', ')}`);
    }
  }
  return faults;
}

/** Which of equal blobs is kept depends on which was read last: to look must change nothing. */
async function readUnused(path: string): Promise<Uint8Array> {
  const handle = await openUnused(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** All but what is ours for the moment. */
async function lastingParts(cacheDir: string): Promise<string[]> {
  return (await treeOf(cacheDir)).filter((path) => !/\/\.hub\/(?:leases|trash)\//.test(path));
}

/** A command, what it finds, and what must be true of the cache whenever it is killed. */
interface Work {
  readonly words: readonly string[];
  readonly fill: (cacheDir: string) => void;
  readonly faultsOf: (cacheDir: string) => Promise<string[]>;
}

/** Kills a command at changes of the disk that the seed chooses. Whatever it leaves is consistent, and the same command finishes it. */
async function killAgainAndAgain(machine: Machine, { words, fill: refill, faultsOf: faults }: Work): Promise<void> {
  const { cacheDir, environment } = machine;
  environment['NODE_OPTIONS'] = `--import=${preload}`;
  environment['COUNT_IN'] = join(machine.folder, 'changes');
  refill(cacheDir);
  expect(await machine.run(...words)).toMatchObject({ exitCode: 0 });
  const changes = Number(await readFile(environment['COUNT_IN'], 'utf8'));
  const finished = await lastingParts(cacheDir);
  expect(changes).toBeGreaterThan(5);
  const random = new Random(seed);
  for (let kill = 0; kill < Math.ceil(kills / commandsInAll); kill += 1) {
    const at = random.between(1, changes);
    const when = `killed at change ${String(at)} of ${String(changes)}`;
    await rm(cacheDir, { recursive: true, force: true });
    refill(cacheDir);
    environment['KILL_AT'] = String(at);
    expect(await machine.run(...words), when).toMatchObject({ signal: 'SIGKILL' });
    expect(await faults(cacheDir), when).toEqual([]);
    delete environment['KILL_AT'];
    const { exitCode, stderr } = await machine.run(...words);
    // What is gone as far as anybody can see is not found.
    expect([0, 3], `${when}\n${stderr}`).toContain(exitCode);
    expect(await lastingParts(cacheDir), when).toEqual(finished);
    expect(await faults(cacheDir), when).toEqual([]);
  }
}

const removals: readonly { words: readonly string[]; file?: string }[] = [
  { words: ['rm', 'org/a'] },
  { words: ['rm', '2222222'] },
  { words: ['rm', 'hf://org/a/model.bin'], file: 'model.bin' },
  { words: ['rm', '--partial', 'org/a'] },
  { words: ['prune', '--all'] },
  { words: ['gc', '--max-size', '1kB'] },
];
/** With dedupe and repair. */
const commandsInAll = removals.length + 2;

describe.skipIf(process.platform === 'win32')('SIGKILL in the middle of', () => {
  test.each(removals)('$words: a consistent cache, and the same command finishes', async ({ words, file }) => {
    const machine = await newMachine(await serve({ repos: [] }));
    await killAgainAndAgain(machine, {
      words: ['cache', ...words, '--yes'],
      fill,
      faultsOf: (cacheDir) => faultsOf(cacheDir, file),
    });
  });

  test('dedupe: a consistent cache, and the same command finishes', async () => {
    const machine = await newMachine(await serve({ repos: [] }));
    const large = ['first', 'second'].map((text) => text.padEnd(1_100_000, '.'));
    await killAgainAndAgain(machine, {
      words: ['cache', 'dedupe'],
      fill: (cacheDir) => {
        for (const [place, name] of ['a', 'b', 'c'].entries()) {
          const files = Object.fromEntries(everyFile.map((file, index) => [file, large[index] ?? name]));
          const repo = new RepoBuilder(cacheDir, `models--org--${name}`);
          // The file that was used last is kept: which one that is must not depend on how fast they were written.
          for (const text of large) repo.blob(text, (place + 1) * hourMs);
          repo.revision('1', { files, refs: ['main'] });
        }
      },
      faultsOf: (cacheDir) => faultsOf(cacheDir, undefined),
    });
  });

  test('verify --repair: what was right stays right, and the same command finishes', async () => {
    const files = {
      'model.bin': { size: 3_000_000, lfs: true, seed: 1 },
      'small.bin': { size: 5000, lfs: true, seed: 2 },
      'sub/gone.txt': 'its blob is gone',
      'sub/unlinked.txt': 'its entry is gone',
      'sound.txt': 'nobody touched it',
    };
    const hub = await serve({ repos: [repoWith({ id: 'org/a', files })] });
    const machine = await newMachine(hub);
    expect(await machine.run('download', 'org/a')).toMatchObject({ exitCode: 0 });
    const snapshot = join('models--org--a', 'snapshots', hub.head('org/a'));
    const damaged = join(machine.folder, 'damaged');
    await cp(machine.cacheDir, damaged, { recursive: true, verbatimSymlinks: true });
    await writeFile(join(damaged, snapshot, 'model.bin'), 'other bytes');
    await writeFile(join(damaged, snapshot, 'small.bin'), '');
    await rm(await realpath(join(damaged, snapshot, 'sub/gone.txt')));
    await rm(join(damaged, snapshot, 'sub/unlinked.txt'));
    const bytesAt = (folder: string, path: string) => readFile(join(folder, snapshot, path)).catch(() => undefined);
    await killAgainAndAgain(machine, {
      words: ['cache', 'verify', '--repair', '--concurrency', '1'],
      fill: (cacheDir) => {
        rmSync(cacheDir, { recursive: true, force: true });
        cpSync(damaged, cacheDir, { recursive: true, verbatimSymlinks: true });
      },
      faultsOf: async (cacheDir) => {
        const faults: string[] = [];
        for (const path of Object.keys(files)) {
          const { content } = hub.file('org/a', path);
          const [found, before] = [await bytesAt(cacheDir, path), await bytesAt(damaged, path)];
          const isRight = found?.equals(await content.read(0, content.size)) === true;
          const isAsItWas = found === undefined ? before === undefined : before?.equals(found) === true;
          if (!isRight && !isAsItWas) faults.push(path);
        }
        return faults;
      },
    });
    expect(await machine.run('cache', 'verify')).toMatchObject({ exitCode: 0 });
  });
});
