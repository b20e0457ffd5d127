import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { partialsOf, soundBlobs, treeOf } from './support/cache-folder.js';
import { newMachine, serve } from './support/machine.js';

const MB = 1_000_000;
const size = 20 * MB;

async function running(...flags: string[]) {
  const files = { 'config.json': '{}', 'model.bin': { size, lfs: true, seed: 1 } };
  const hub = await serve({ repos: [repoWith({ id: 'org/name', files })], bytesPerSecond: MB });
  const machine = await newMachine(hub);
  const program = machine.start('download', 'org/name', ...flags);
  await hub.waitFor(() => hub.bytesSent() >= 4 * MB);
  return { hub, machine, program };
}

describe.skipIf(process.platform === 'win32')('a signal', () => {
  test.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGHUP', code: 129 },
  ] as const)('$signal ends at once with $code, and nothing on stdout', async ({ signal, code }) => {
    const { program } = await running();
    const sentMs = performance.now();
    program.signal(signal);
    const { exitCode, stdout } = await program.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(performance.now() - sentMs).toBeLessThan(2_000);
  });

  test('stderr says that the same command resumes, and how to drop what is there', async () => {
    const { machine, program } = await running('--revision', 'main');
    program.signal('SIGINT');
    const { stderr } = await program.ended;
    expect(stderr).toContain('the same command goes on');
    expect(stderr).toContain('hub download org/name --revision main');
    expect(stderr).toContain(`${machine.repo('org/name')}/.hub/partial`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('what has arrived is kept, to the byte', async () => {
    const { hub, machine, program } = await running();
    program.signal('SIGTERM');
    await program.ended;
    await hub.waitFor(() => hub.requests.every(({ ended }) => ended));
    expect(await partialsOf(machine.repo('org/name'))).toHaveLength(1);
    hub.bytesPerSecond = undefined;
    expect((await machine.run('download', 'org/name')).exitCode).toBe(0);
    // What was on its way in sockets alone.
    expect(hub.bytesSent() - size).toBeLessThan(MB);
    expect(await soundBlobs(machine.repo('org/name'))).toHaveLength(2);
  });

  test('no lease is left', async () => {
    const { machine, program } = await running();
    program.signal('SIGINT');
    await program.ended;
    expect(await treeOf(`${machine.repo('org/name')}/.hub/leases`)).toEqual([]);
  });

  test('--json: one document, with the command that goes on', async () => {
    const { program } = await running('--json');
    program.signal('SIGINT');
    const { exitCode, stdout } = await program.ended;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      error: { code: 'interrupted', exitCode: 130, retryable: true },
      continue: 'hub download org/name --json',
    });
  });

  test('a second SIGINT forces', async () => {
    const { program } = await running();
    program.signal('SIGINT');
    program.signal('SIGINT');
    expect((await program.ended).exitCode).toBe(130);
  });

  test('while it waits for a hub that does not answer', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: {} })] });
    hub.fault({ beforeHeaders: 'hang' });
    const machine = await newMachine(hub);
    const program = machine.start('download', 'org/name');
    await hub.waitFor(() => true);
    program.signal('SIGINT');
    expect((await program.ended).exitCode).toBe(130);
  });

  test('while it waits out a rate limit', async () => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: {} })] });
    hub.fault({ status: 429, retryAfter: 100 });
    const machine = await newMachine(hub);
    const program = machine.start('download', 'org/name');
    await program.says(/rate limit/);
    program.signal('SIGINT');
    expect((await program.ended).exitCode).toBe(130);
  });
});
