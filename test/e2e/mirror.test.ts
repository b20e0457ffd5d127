import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Random } from '../chaos/random.js';
import { repoWith, type Repo } from '../support/hub-server/repos.js';
import type { RecordedRequest } from '../support/hub-server/requests.js';
import type { Hub } from '../support/hub-server/server.js';
import { sampleProcess } from '../support/process-sample.js';
import { soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const MB = 1_000_000;

interface Report {
  repos: { repo: string; state: string; reason?: string; commit: string; bytesFetched: number }[];
  totals: Record<string, number>;
}

const weightsBytes = 6 * MB;

/** So many small repos, the first `large` of them with weights. */
function smallRepos(count: number, { large = 0 } = {}): Repo[] {
  return Array.from({ length: count }, (_, index) => {
    const weights = { 'model.safetensors': { size: weightsBytes, seed: 1000 + index, lfs: true } };
    const files = {
      'config.json': `{"n":${index}}`,
      'tokenizer.json': { size: 20_000, seed: index },
      ...(index < large ? weights : {}),
    };
    return repoWith({ id: `org/r${index}`, files });
  });
}

async function listOf(machine: Machine, repos: readonly Repo[]): Promise<string> {
  const list = join(machine.home, 'repos.txt');
  await writeFile(list, ['# all of them', ...repos.map(({ id }) => id), ''].join('\n'));
  return list;
}

async function expectAllThere(hub: Hub, machine: Machine, repos: readonly Repo[]): Promise<void> {
  for (const { id, key } of repos) {
    const commit = hub.head(key);
    const files = [...(hub.repo(key).commits.get(commit)?.keys() ?? [])];
    expect(await soundBlobs(machine.repo(id)), id).toHaveLength(files.length);
    const links = await treeOf(join(machine.repo(id), 'snapshots', commit));
    expect(links.map((link) => link.split(' ')[0]).sort(), id).toEqual(files.sort());
  }
}

/** A file's name in a repo, of requests that carry its bytes. */
function fileOf({ kind, repo, path }: RecordedRequest): string | undefined {
  return kind === 'cdn' || kind === 'resolve-cache' ? `${repo ?? ''} ${path ?? ''}` : undefined;
}

/** Bytes that were sent of each file. */
function sentOf(hub: Hub): Map<string, number> {
  const sent = new Map<string, number>();
  for (const request of hub.requests) {
    const name = fileOf(request);
    if (name !== undefined) sent.set(name, (sent.get(name) ?? 0) + request.bytesSent);
  }
  return sent;
}

function sizeOf(hub: Hub, name: string): number {
  const [repo = '', path = ''] = name.split(' ');
  return hub.file(repo, path).content.size;
}

describe.skipIf(process.platform === 'win32')('hub mirror', () => {
  test(
    'is done in its first run in spite of transient faults; the second asks once for each repo',
    { timeout: 120_000 },
    async () => {
      const repos = smallRepos(120, { large: 6 });
      const hub = await serve({ repos });
      const random = new Random(7);
      const effects = [
        { beforeHeaders: 'reset' },
        { status: 503 },
        { beforeHeaders: 'close' },
        { closeAfter: 5 },
      ] as const;
      hub.faultScript = () => (random.happens(0.02) ? random.oneOf(effects) : {});
      const machine = await newMachine(hub);
      const list = await listOf(machine, repos);
      const running = machine.start('mirror', '-f', list, '--json', '--quiet');
      let lookedUp = 0;
      const memory = new Map<number, number>();
      hub.watch(({ kind, status, ended }) => {
        if (kind !== 'info' || status !== 200 || !ended) return;
        lookedUp += 1;
        if ((lookedUp === 40 || lookedUp === 120) && process.platform === 'linux') {
          memory.set(lookedUp, sampleProcess(running.pid).memory / MB);
        }
      });
      const first = await running.ended;
      expect(first.exitCode, first.stderr).toBe(0);
      expect((JSON.parse(first.stdout) as Report).totals).toMatchObject({ repos: 120, updated: 120, failed: 0 });
      expect((memory.get(120) ?? 0) - (memory.get(40) ?? 0), 'memory, in MB').toBeLessThanOrEqual(30);
      await expectAllThere(hub, machine, repos);

      hub.faultScript = () => ({});
      hub.clearRequests();
      const second = await machine.run('mirror', '-f', list, '--json');
      expect(second.exitCode, second.stderr).toBe(0);
      expect((JSON.parse(second.stdout) as Report).totals).toMatchObject({ unchanged: 120, bytesFetched: 0 });
      expect(hub.count()).toBe(120);
      expect(hub.bytesSent()).toBe(0);
    },
  );

  test(
    'goes on where it was killed, ten times, and tells the whole truth in the end',
    { timeout: 120_000 },
    async () => {
      const repos = smallRepos(60, { large: 6 });
      const hub = await serve({ repos, bytesPerSecond: 400_000 });
      const machine = await newMachine(hub);
      const list = await listOf(machine, repos);
      const random = new Random(11);
      const interrupted = new Set<string>();
      for (let kill = 0; kill < 10; kill += 1) {
        const running = machine.start('mirror', '-f', list, '--quiet');
        // At first among the small files, which come first, then among the large ones.
        const [requests, bytes] = [hub.count() + random.between(4, 40), hub.bytesSent() + random.between(1, 3) * MB];
        const isTime = () => (kill < 5 ? hub.count() >= requests : hub.bytesSent() >= bytes);
        await Promise.race([hub.waitFor(isTime), running.ended]);
        await setTimeout(random.between(0, 100));
        for (const request of hub.requests) if (!request.ended) interrupted.add(fileOf(request) ?? '');
        await running.killAndWait();
      }
      const last = await machine.run('mirror', '-f', list, '--json');
      expect(last.exitCode, last.stderr).toBe(0);
      const report = JSON.parse(last.stdout) as Report;
      expect(report.repos.map(({ repo, commit }) => ({ repo, commit }))).toEqual(
        repos.map(({ id, key }) => ({ repo: id, commit: hub.head(key) })),
      );
      expect(report.totals, 'no report has told of any before').toMatchObject({ updated: 60, failed: 0, skipped: 0 });
      await expectAllThere(hub, machine, repos);
      const sent = sentOf(hub);
      const names = [...sent.keys()].filter(
        (name) => interrupted.has(name) || (sent.get(name) ?? 0) > sizeOf(hub, name),
      );
      const [sentBytes, bytes] = [(name: string) => sent.get(name) ?? 0, (name: string) => sizeOf(hub, name)].map(
        (of) => names.reduce((sum, name) => sum + of(name), 0),
      );
      const times = (sentBytes ?? 0) / (bytes ?? 0);
      console.log(`${names.length} files were interrupted, and sent ${times.toFixed(2)} times`);
      expect(names.filter((name) => name.endsWith('safetensors')).length, 'of the large ones').toBeGreaterThan(1);
      expect(times).toBeLessThanOrEqual(1.5);
      const next = await machine.run('mirror', '-f', list, '--json');
      expect((JSON.parse(next.stdout) as Report).totals).toMatchObject({ unchanged: 60 });
    },
  );

  test('prints its report when it is terminated, and refuses a second run meanwhile', async () => {
    const repos = [
      ...smallRepos(3),
      repoWith({ id: 'org/slow', files: { 'model.bin': { size: 20 * MB, seed: 5, lfs: true } } }),
    ];
    const hub = await serve({ repos, bytesPerSecond: MB });
    const machine = await newMachine(hub);
    const list = await listOf(machine, repos);
    const running = machine.start('mirror', '-f', list, '--json');
    await hub.waitFor(() => hub.bytesSent() >= 2 * MB);
    const other = await machine.run('mirror', '-f', list);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain(`process ${running.pid} on `);
    running.signal('SIGTERM');
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode).toBe(143);
    const report = JSON.parse(stdout) as Report;
    expect(report.repos.map(({ state, reason }) => reason ?? state)).toEqual([
      'updated',
      'updated',
      'updated',
      'interrupted',
    ]);
    expect(stderr).toContain(`hub mirror -f ${list} --json`);
    const ended = hub.bytesSent();
    hub.bytesPerSecond = undefined;
    const next = await machine.run('mirror', '-f', list);
    expect(next.exitCode, next.stderr).toBe(0);
    expect(next.stdout).toMatch(
      /^updated {4}org\/slow: .*\n4 repos, 20\.1 MB: 3 unchanged, 1 updated, 0 skipped, 0 failed; /,
    );
    expect(hub.bytesSent() - ended, 'it went on').toBeLessThan(19 * MB);
  });

  test('takes a list on stdin, and puts folders below a root', async () => {
    const hub = await serve({
      repos: [...smallRepos(1), repoWith({ id: 'org/d', type: 'dataset', files: { 'a.csv': 'a', 'b.txt': 'b' } })],
    });
    const machine = await newMachine(hub);
    const lines = `printf '%s\\n' '# two' org/r0 "datasets/org/d -x '*.txt'"`;
    const { exitCode, stdout, stderr } = await machine.shell(
      `${lines} | hub mirror -f - --local-dir tree --log mirror.log`,
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^updated {4}org\/r0: .*\nupdated {4}datasets\/org\/d: .*\n2 repos, /);
    const tree = await treeOf(join(machine.home, 'tree'));
    expect(tree).toEqual(expect.arrayContaining(['models/org/r0/config.json', 'datasets/org/d/a.csv']));
    expect(tree).not.toContain('datasets/org/d/b.txt');
    const bad = await machine.shell(`printf '%s\\n' 'org/r0 --nonsense' 'a//b' | hub mirror -f -`);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toMatch(/stdin:1: .*\n.*stdin:2: /);
  });
});
