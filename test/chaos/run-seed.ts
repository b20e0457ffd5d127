import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaosHub, repoId, type Setback } from './chaos-hub.js';
import type { Client } from './clients.js';
import { Job } from './job.js';
import { leftovers, unfinishedThings, wrongFiles } from './judge.js';
import { planOf, type PlannedFault, type SeedPlan } from './plan.js';

/** What became of a seed. Bytes. */
export interface SeedReport {
  readonly plan: SeedPlan;
  /** Bounds that were broken; empty where all is well. */
  readonly problems: readonly string[];
  readonly met: readonly PlannedFault[];
  readonly unmet: readonly PlannedFault[];
  readonly kills: number;
  readonly killsWhileBytesFlowed: number;
  readonly runs: number;
  readonly hung: number;
  readonly isDone: boolean;
  /** Exit codes of runs that gave up by themselves. */
  readonly failedRuns: readonly number[];
  /** Sent again, but for files whose bytes were wrong, whole files instead of parts, and what nobody had read. */
  readonly bytesTwice: number;
  readonly bytesUnread: number;
  /** Files that nobody needs any more. */
  readonly leftovers: readonly string[];
  readonly setbacks: readonly Setback[];
  readonly said: readonly string[];
  readonly seconds: number;
}

/** At most so much of a job is sent twice. */
const mostTwice = 0.05;

/** Does what the plan of a seed says with a real program, ours or another one, and judges what came of it. */
export async function runSeed(seed: number, client: Client): Promise<SeedReport> {
  const plan = planOf(seed);
  const begunMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), `hub-chaos-${seed}-`));
  let job: Job | undefined;
  const chaos = await ChaosHub.start(plan, () => job?.look());
  try {
    job = new Job({ plan, chaos, client, folder });
    await job.finish();
    const problems = [...job.problems];
    const { cache } = job;
    const commit = chaos.hub.head(repoId);
    const whatIsWrong = client.isOurs
      ? () => unfinishedThings(cache)
      : () => wrongFiles(cache, (path) => client.fileOf({ folder, commit, path }));
    if (job.isDone) problems.push(...(await whatIsWrong()));
    else problems.push(`${job.runs} runs did not finish it: ${job.lastWords}`);
    const bytesTwice = Math.max(0, twice(chaos, plan, client) - job.bytesUnread);
    const allowed = Math.floor(plan.totalBytes * mostTwice);
    if (bytesTwice > allowed)
      problems.push(`${bytesTwice} bytes were sent twice, ${allowed} are allowed: ${ofFiles(chaos, plan)}`);
    return {
      plan,
      problems,
      met: chaos.met,
      unmet: chaos.unmet,
      kills: job.kills,
      killsWhileBytesFlowed: job.killsWhileBytesFlowed,
      runs: job.runs,
      hung: job.hung,
      isDone: job.isDone,
      failedRuns: job.failedRuns,
      bytesTwice,
      bytesUnread: job.bytesUnread,
      leftovers: job.isDone && client.isOurs ? await leftovers(cache) : [],
      setbacks: chaos.setbacks,
      said: job.said,
      seconds: (performance.now() - begunMs) / 1000,
    };
  } finally {
    await job?.close();
    await chaos.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file whose bytes were wrong is fetched once more, for each time: by who notices. */
function twice(chaos: ChaosHub, { files }: SeedPlan, { isOurs }: Client): number {
  return files.reduce((sum, { path, size }) => {
    const healing = isOurs ? chaos.flipsOf(path) * size : 0;
    return sum + Math.max(0, chaos.sent.twiceOf(path) - healing);
  }, 0);
}

function ofFiles({ sent }: ChaosHub, { files }: SeedPlan): string {
  return files.map(({ path }) => `${path} ${sent.twiceOf(path)}`).join(', ');
}

/** A seed's plan in a few lines, for whoever looks into its failure. */
export function describePlan({ seed, files, faults, kills, ...plan }: SeedPlan): string {
  return [
    `seed ${seed}: hub download ${repoId}, ${plan.connections ?? 'adaptive'} connections, ${plan.bytesPerSecond} bytes/s`,
    `files: ${files.map(({ path, size }) => `${path} ${size}`).join(', ')}`,
    `faults: ${faults.map(describeFault).join(', ')}`,
    `kills: ${kills.map(({ process, after }) => `the ${process} after ${JSON.stringify(after)}`).join(', ') || 'none'}`,
    `second process: ${plan.secondAfterBytes === undefined ? 'none' : `after ${plan.secondAfterBytes} bytes`}`,
  ].join('\n');
}

export function describeFault(fault: PlannedFault): string {
  switch (fault.on) {
    case 'bytes':
      return `${fault.kind} (${fault.path} at ${fault.at})`;
    case 'address':
      return `${fault.kind} (the address of ${fault.path})`;
    case 'call':
      return `${fault.kind} (${fault.call})`;
  }
}
