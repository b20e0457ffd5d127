// npm run soak: many seeds of chaos with the built program, and what they came to.
//   npm run soak -- --seeds 400 --from 1    seeds 1 to 400
//   npm run soak -- --seed 17               one, with its plan and all that its runs told
//   --at-once 8                             so many seeds at a time
//   --peer aria2c                           another program instead, from what `npm run bench` has installed
// Exits with 1 when a bound is broken.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inParallel } from '../../src/operations/in-parallel.js';
import { hubClient, peers } from './clients.js';
import { describeFault, describePlan, runSeed, type SeedReport } from './run-seed.js';
import { brokenBounds, peerLine, summaryOf } from './summary.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    peer: { type: 'string' },
    'at-once': { type: 'string', default: '8' },
  },
});

const client = values.peer === undefined ? hubClient([process.execPath, resolve('bin/hub.js')]) : peers[values.peer];
if (client === undefined) throw new Error(`--peer is one of ${Object.keys(peers).join(', ')}`);
const first = Number(values.seed ?? values.from);
const seeds = Array.from({ length: values.seed === undefined ? Number(values.seeds) : 1 }, (_, index) => first + index);
const reports: SeedReport[] = [];
await inParallel(seeds, Number(values['at-once']), async (seed) => {
  const report = await runSeed(seed, client);
  reports.push(report);
  console.error(lineOf(report));
  if (report.problems.length > 0 || values.seed !== undefined) console.error(describePlan(report.plan));
  if (values.seed !== undefined) console.error(report.said.join('\n'));
  for (const fault of report.unmet) console.error(`  not met: ${describeFault(fault)}`);
  for (const path of report.leftovers) console.error(`  left over: ${path}`);
  for (const problem of report.problems) console.error(`  ${problem}`);
});

reports.sort((a, b) => a.plan.seed - b.plan.seed);
console.log(values.peer === undefined ? summaryOf(reports) : peerLine(values.peer, reports));
const broken = values.peer === undefined ? brokenBounds(reports) : [];
for (const bound of broken) console.error(bound);
if (broken.length > 0 || reports.some(({ problems }) => problems.length > 0)) process.exitCode = 1;

function lineOf({ plan, problems, met, kills, runs, bytesTwice, seconds }: SeedReport): string {
  const twice = ((100 * bytesTwice) / plan.totalBytes).toFixed(1);
  const outcome = problems.length === 0 ? 'well' : 'FAILED';
  return `seed ${plan.seed}: ${outcome}, ${met.length} faults, ${kills} kills, ${runs} runs, ${twice} % twice, ${seconds.toFixed(0)} s`;
}
