// npm run soak:mirror: the built program mirrors many repos, with transient faults, and is looked at while it does.
//   npm run soak:mirror -- --repos 1000 --weights 50
//   --weights-mb 20    the size of each file of weights
//   --faults 50        every so-manieth answer is a reset, a 503, or ends early; 0: none
// Exits with 1 when memory, sockets, descriptors or the state file grow with the repos.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { FaultEffect } from '../support/hub-server/faults.js';
import { repoWith } from '../support/hub-server/repos.js';
import { type Hub, startHub } from '../support/hub-server/server.js';
import { type ProcessSample, sampleProcess } from '../support/process-sample.js';

const { values } = parseArgs({
  options: {
    repos: { type: 'string', default: '1000' },
    weights: { type: 'string', default: '50' },
    'weights-mb': { type: 'string', default: '20' },
    faults: { type: 'string', default: '50' },
  },
});
const [count, withWeights] = [Number(values.repos), Number(values.weights)];
const MB = 1_000_000;
const mostGrowthMB = 30;

const repos = Array.from({ length: count }, (_, index) => {
  const weights = { size: Number(values['weights-mb']) * MB, seed: index, lfs: true };
  const hasWeights = index % Math.ceil(count / withWeights) === 0;
  const files = {
    'config.json': `{"n":${index}}`,
    'tokenizer.json': { size: 30_000, seed: index },
    'README.md': `# ${index}`,
    ...(hasWeights ? { 'model.safetensors': weights } : {}),
  };
  return repoWith({ id: `org/r${index}`, files });
});
const hub = await startHub({ repos });
if (Number(values.faults) > 0) addFaults(hub, Number(values.faults));
const folder = await mkdtemp(join(tmpdir(), 'hub-mirror-soak-'));
try {
  const first = await mirror();
  table(first.samples);
  console.log(`first run: exit ${first.exitCode}, ${first.seconds.toFixed(0)} s, ${first.totals}`);
  console.log(`log ${(first.logBytes / MB).toFixed(1)} MB, state file at most ${first.stateBytes} bytes`);
  hub.clearRequests();
  const second = await mirror();
  console.log(`second run: exit ${second.exitCode}, ${second.seconds.toFixed(0)} s, ${second.totals}`);
  console.log(`  ${hub.count()} requests, ${hub.bytesSent()} bytes of files`);
  if (grows(first.samples) || first.exitCode !== 0 || first.stateBytes > 200 * count) process.exitCode = 1;
} finally {
  await hub.close();
  await rm(folder, { recursive: true });
}

interface Marked extends ProcessSample {
  readonly repos: number;
}

async function mirror() {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  const list = join(folder, 'list.txt');
  await writeFile(list, repos.map(({ id }) => `${id}\n`).join(''));
  const log = join(folder, 'log.jsonl');
  const environment = { PATH: process.env['PATH'], HOME: home, HF_HOME: join(folder, 'hf'), HF_ENDPOINT: hub.endpoint };
  const beganMs = performance.now();
  const child = spawn(process.execPath, [resolve('bin/hub.js'), 'mirror', '-f', list, '--log', log, '--json'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const samples: Marked[] = [];
  let lookedUp = 0;
  let stateBytes = 0;
  hub.watch((request) => {
    if (request.kind !== 'info' || request.status !== 200 || !request.ended || child.exitCode !== null) return;
    lookedUp += 1;
    if (lookedUp % Math.max(1, Math.floor(count / 10)) !== 0 || child.pid === undefined) return;
    samples.push({ repos: lookedUp, ...sampleProcess(child.pid) });
    stateBytes = Math.max(stateBytes, bytesBelow(join(home, '.local', 'state', 'model-hub')));
  });
  const [document, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number]>]);
  const { totals } = JSON.parse(document) as { totals: object };
  const seconds = (performance.now() - beganMs) / 1000;
  return { samples, exitCode, seconds, stateBytes, logBytes: statSync(log).size, totals: JSON.stringify(totals) };
}

function bytesBelow(path: string): number {
  if (!existsSync(path)) return 0;
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function table(samples: readonly Marked[]): void {
  console.log('repos   memory  descriptors  sockets');
  for (const { repos: at, memory, descriptors, sockets } of samples) {
    console.log(
      `${String(at).padStart(5)}  ${(memory / MB).toFixed(1).padStart(6)}M  ${String(descriptors).padStart(11)}  ${String(sockets).padStart(7)}`,
    );
  }
}

/** From a fifth of the way on: by then all code is loaded, and every pool as large as it gets. */
function grows(samples: readonly Marked[]): boolean {
  const [from, to] = [samples[1], samples.at(-1)];
  if (from === undefined || to === undefined) return true;
  const grown = (to.memory - from.memory) / MB;
  console.log(`memory grew by ${grown.toFixed(1)} MB from ${from.repos} to ${to.repos} repos`);
  return grown > mostGrowthMB || to.descriptors > 2 * from.descriptors + 50;
}

function addFaults(to: Hub, every: number): void {
  const effects: FaultEffect[] = [
    { beforeHeaders: 'reset' },
    { status: 503 },
    { closeAfter: 10 },
    { beforeHeaders: 'close' },
  ];
  let answers = 0;
  to.faultScript = () => {
    answers += 1;
    return answers % every === 0 ? (effects[(answers / every) % effects.length] ?? {}) : {};
  };
}
