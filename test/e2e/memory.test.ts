import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sha256Of } from '../support/hub-server/content.js';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve, type Machine } from './support/machine.js';

const MB = 1_000_000;

test.skipIf(process.platform !== 'linux')(
  'peak memory at 1 GB is at most 30 MB above that at 50 MB',
  { timeout: 120_000 },
  async () => {
    const repos = [50, 1000].map((megabytes) =>
      repoWith({
        id: `org/${megabytes}`,
        files: { 'model.bin': { size: megabytes * MB, lfs: true, seed: megabytes } },
      }),
    );
    const hub = await serve({ repos });
    for (const { key } of repos) await sha256Of(hub.file(key, 'model.bin').content);
    const machine = await newMachine(hub);
    const small = await lowestPeakMB(machine, 'org/50');
    const large = await lowestPeakMB(machine, 'org/1000');
    console.log(`peak memory: ${small.toFixed(1)} MB for 50 MB, ${large.toFixed(1)} MB for 1 GB`);
    expect(large - small).toBeLessThanOrEqual(30);
  },
);

/** Of two runs: a garbage collection that comes late is no leak. */
async function lowestPeakMB(machine: Machine, id: string): Promise<number> {
  const peaks = [await peakMB(machine, id), await peakMB(machine, id)];
  return Math.min(...peaks);
}

async function peakMB(machine: Machine, id: string): Promise<number> {
  await rm(machine.hfHome, { recursive: true, force: true });
  const running = machine.start('download', id);
  let peak = 0;
  const timer = setInterval(() => (peak = highWaterMB(running.pid) ?? peak), 20);
  const { exitCode, stderr } = await running.ended.finally(() => clearInterval(timer));
  expect(exitCode, stderr).toBe(0);
  return peak;
}

/** What the kernel keeps as the process's peak of resident memory; undefined when it has ended. */
function highWaterMB(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / MB;
  } catch {
    return undefined;
  }
}
