import { expect, type TestContext } from 'vitest';
import { repoWith } from '../../support/hub-server/repos.js';
import type { Hub } from '../../support/hub-server/server.js';
import { commitOfRef, soundBlobs, treeOf } from './cache-folder.js';
import { newMachine, serve, type Machine } from './machine.js';
import type { RunningProgram } from './running-program.js';

const MB = 1_000_000;
const id = 'org/name';

/** Of each of the two processes. */
export const connections = 8;
export const totalBytes = 28 * MB;

/** A hub that serves so many bytes a second on each connection, a machine whose user wants its one repo, and its name. */
export async function serveTwo(bytesPerSecond: number, ...test: [TestContext?]) {
  const files = {
    'config.json': '{}',
    'a.bin': { size: 16 * MB, lfs: true, seed: 1 },
    'b.bin': { size: 12 * MB, lfs: true, seed: 2 },
  };
  const hub = await serve({ repos: [repoWith({ id, files })], bytesPerSecond }, ...test);
  return { id, hub, machine: await newMachine(hub, ...test) };
}

/** The first one is at it already when the second begins. Each with so many connections, so that the rate is known. */
export async function startTwo(hub: Hub, machine: Machine): Promise<[RunningProgram, RunningProgram]> {
  const start = () => machine.start('download', id, '--concurrency', String(connections));
  const first = start();
  await hub.waitFor(() => hub.bytesSent() > MB);
  return [first, start()];
}

export async function expectSound(hub: Hub, machine: Machine): Promise<void> {
  expect(await soundBlobs(machine.repo(id))).toHaveLength(3);
  expect(await commitOfRef(machine.repo(id), 'main')).toBe(hub.head(id));
  // A killed process's lease on the repo lies until the next one looks for the living; nobody waits for it.
  const leases = await treeOf(`${machine.repo(id)}/.hub/leases`);
  expect(leases.filter((name) => !name.endsWith('.shared'))).toEqual([]);
}
