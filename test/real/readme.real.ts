import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { newMachine, serve } from '../e2e/support/machine.js';
import { fixtureRepos } from '../support/hub-server/fixture-repos.js';
import { blocksOf, readmeText } from '../support/readme.js';

const python = inject('python');

test.skipIf(python === undefined)("the README's Python loads what hub has downloaded, without the hub", async () => {
  const hub = await serve({ repos: await fixtureRepos(fileURLToPath(new URL('../../fixtures', import.meta.url))) });
  const machine = await newMachine(hub);
  expect((await machine.run('download', 'facebook/opt-13b', '--ignore', '*.h5')).exitCode).toBe(0);
  hub.clearRequests();
  const scripts = blocksOf(await readmeText('README.md'), 'python');
  expect(scripts).toHaveLength(1);
  for (const script of scripts) {
    await promisify(execFile)(python?.interpreter ?? '', ['-c', script], {
      env: { ...machine.environment, HF_HUB_OFFLINE: '1' },
    });
  }
  expect(hub.requests).toEqual([]);
});
