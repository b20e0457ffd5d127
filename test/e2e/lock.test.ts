import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

test('lock, --check and --update, as a person and a CI job call them', async () => {
  const hub = await serve({ repos: [repoWith({ id: 'org/model', files: { 'config.json': '{}' } })] });
  const machine = await newMachine(hub);
  const [manifest, lock] = [join(machine.home, 'hub.toml'), join(machine.home, 'hub.lock')];
  const hubLock = (words: string) => machine.shell(`hub lock ${words}`);

  expect(await hubLock('')).toMatchObject({ exitCode: 2, stdout: '' });
  await writeFile(manifest, '[[repo]]\nsource = "hf:org/model"\n');
  expect(await hubLock('--check')).toMatchObject({
    exitCode: 9,
    stdout: 'org/model is in hub.toml, and not locked: "hub lock" locks it\n',
  });
  expect((await hubLock('--dry-run')).stdout).toMatch(/^org\/model {2}main {2}\w{7} {2}1 file, 2 B\nwould read 1 file/);

  const made = await machine.shell('mkdir -p sub; cd sub; hub lock');
  expect(made, made.stderr).toMatchObject({ exitCode: 0, stdout: `${lock}\n` });
  expect(made.stderr).toContain('locked: 1 repo, 1 file, 2 B');
  expect(await hubLock('--check')).toMatchObject({ exitCode: 0, stderr: '' });

  const before = hub.head('org/model');
  const after = hub.commit('org/model', { 'new.txt': 'new' });
  hub.clearRequests();
  expect(await hubLock('-q')).toMatchObject({ exitCode: 0, stdout: `${lock}\n`, stderr: '' });
  expect(hub.requests).toEqual([]);
  const updated = await hubLock('--update org/model');
  expect(updated.stderr).toContain(`${before.slice(0, 7)} → ${after.slice(0, 7)}  +1 file, +3 B`);
  expect(await hubLock('--update org/modle')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean org/model?') as string,
  });
  expect(await hubLock('--update --check')).toMatchObject({ exitCode: 2 });

  await appendFile(manifest, '\n[[repo]]\nsource = "hf:org/none"\n');
  const partly = await hubLock('');
  expect(partly).toMatchObject({ exitCode: 3, stdout: '' });
  expect(await readFile(lock, 'utf8')).toContain(after);
  expect(await hubLock('--offline')).toMatchObject({ exitCode: 8, stdout: '' });
  expect(await machine.shell('hub cache gc --keep-lock hub.lock --grace 0 --yes')).toMatchObject({ exitCode: 0 });
});
