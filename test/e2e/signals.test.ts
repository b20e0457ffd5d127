import { describe, expect, test } from 'vitest';
import { expectDocument } from '../documents/expect-document.js';
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

  test('what is complete and what is not is told, and in the document of --json what came of each file', async () => {
    const { program } = await running('--json');
    program.signal('SIGINT');
    const { exitCode, stdout, stderr } = await program.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/^not complete: model\.bin$/m);
    expect(stderr).toMatch(/^1 of 2 files complete, 2 B; \d.* MB fetched in this run$/m);
    const document = JSON.parse(stdout) as { files: { bytesFetched: number }[]; totals: { bytesFetched: number } };
    expectDocument(['download'], document);
    expect(Object.keys(document)[0]).toBe('schema');
    expect(document).toMatchObject({
      schema: 1,
      repo: 'org/name',
      complete: false,
      files: [
        { path: 'config.json', state: 'fetched' },
        { path: 'model.bin', size, state: 'failed', error: { code: 'interrupted', exitCode: 130 } },
      ],
      totals: { files: 2, bytes: size + 2, bytesCached: 0 },
      error: { code: 'interrupted', exitCode: 130, retryable: true },
      continue: 'hub download org/name --json',
    });
    expect(document.files[1]?.bytesFetched).toBeGreaterThan(MB);
    expect(document.totals.bytesFetched).toBe((document.files[1]?.bytesFetched ?? 0) + 2);
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

  test.each([
    { what: 'a rate limit', fault: { status: 429, retryAfter: 100 }, flags: [], says: /rate limit/ },
    { what: 'a backoff', fault: { status: 500, times: Infinity }, flags: ['--retries', '30'], says: /trying again/ },
    {
      what: 'an outage',
      fault: { beforeHeaders: 'reset', times: Infinity },
      flags: ['--retry-for', '1h'],
      says: /to answer again/,
    },
  ] as const)('while it waits out $what', async ({ fault, flags, says }) => {
    const hub = await serve({ repos: [repoWith({ id: 'org/name', files: {} })] });
    hub.fault(fault);
    const machine = await newMachine(hub);
    const program = machine.start('download', 'org/name', ...flags);
    await program.says(says);
    program.signal('SIGINT');
    const { exitCode, stderr } = await program.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain(['hub download org/name', ...flags].join(' '));
  });

  test('while it waits for another process that fetches the same', async () => {
    const { hub, machine } = await running();
    hub.bytesPerSecond = 0;
    const waiting = machine.start('download', 'org/name');
    await waiting.says(/another process/);
    waiting.signal('SIGINT');
    expect((await waiting.ended).exitCode).toBe(130);
  });

  test('while a large file is judged at its end', async () => {
    const { hub, program } = await running();
    hub.bytesPerSecond = undefined;
    await hub.waitFor(() => hub.bytesSent() >= size);
    program.signal('SIGINT');
    const { exitCode, stdout } = await program.ended;
    // Whoever is faster: it is done, or it was interrupted.
    expect([0, 130]).toContain(exitCode);
    expect(stdout === '').toBe(exitCode === 130);
  });
});
