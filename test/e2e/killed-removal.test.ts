import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { takeInventory } from '../../src/cache/inventory/take-inventory.js';
import { Random } from '../chaos/random.js';
import { RepoBuilder, commitOf, dayMs, digestOf, hourMs } from '../support/cache-builder.js';
import { treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

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
      if (digestOf(await readFile(path)) !== name) faults.push(`${path}: other bytes`);
    }
    for (const { path, entries } of revisions) {
      const lacking = everyFile.filter((file) => entries.every((entry) => entry.path !== file));
      if (lacking.some((file) => file !== removedFile)) faults.push(`${path}: lacks ${lacking.join(', ')}`);
    }
  }
  return faults;
}

/** All but what is ours for the moment. */
async function lastingParts(cacheDir: string): Promise<string[]> {
  return (await treeOf(cacheDir)).filter((path) => !/\/\.hub\/(?:leases|trash)\//.test(path));
}

describe.skipIf(process.platform === 'win32')('SIGKILL in the middle of', () => {
  const commands: readonly { words: readonly string[]; file?: string }[] = [
    { words: ['rm', 'org/a'] },
    { words: ['rm', '2222222'] },
    { words: ['rm', 'hf://org/a/model.bin'], file: 'model.bin' },
    { words: ['rm', '--partial', 'org/a'] },
    { words: ['prune', '--all'] },
    { words: ['gc', '--max-size', '1kB'] },
  ];

  test.each(commands)('$words: a consistent cache, and the same command finishes', async ({ words, file }) => {
    const machine = await newMachine(await serve({ repos: [] }));
    const { cacheDir, environment } = machine;
    const command = ['cache', ...words, '--yes'];
    environment['NODE_OPTIONS'] = `--import=${preload}`;
    environment['COUNT_IN'] = join(machine.folder, 'changes');
    fill(cacheDir);
    expect(await machine.run(...command)).toMatchObject({ exitCode: 0 });
    const changes = Number(await readFile(environment['COUNT_IN'], 'utf8'));
    const finished = await lastingParts(cacheDir);
    expect(changes).toBeGreaterThan(5);
    const random = new Random(seed);
    for (let kill = 0; kill < Math.ceil(kills / commands.length); kill += 1) {
      const at = random.between(1, changes);
      const when = `killed at change ${String(at)} of ${String(changes)}`;
      await rm(cacheDir, { recursive: true, force: true });
      fill(cacheDir);
      environment['KILL_AT'] = String(at);
      expect(await machine.run(...command), when).toMatchObject({ signal: 'SIGKILL' });
      expect(await faultsOf(cacheDir, file), when).toEqual([]);
      delete environment['KILL_AT'];
      const { exitCode, stderr } = await machine.run(...command);
      // What is gone as far as anybody can see is not found.
      expect([0, 3], `${when}\n${stderr}`).toContain(exitCode);
      expect(await lastingParts(cacheDir), when).toEqual(finished);
    }
  });
});
