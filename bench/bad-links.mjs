// npm run bench:links -- [fault…] [--runs 3] [--peers hub,aria2c] [--scenarios one,twenty] [--logs folder]
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { checkSpace, makeRepo } from './content.mjs';
import { disturb, faults } from './faults.mjs';
import { openLink, whyNoLink } from './link.mjs';
import { measure, spread } from './measure.mjs';
import { peers as benchPeers } from './peers.mjs';
import { copyProgram } from './program.mjs';
import { table } from './report.mjs';
import { bareEnvironment } from './rounds.mjs';
import { hasNginx, startServer } from './server.mjs';

const MB = 1_000_000;
const link200 = { roundTripMs: 20, lossPercent: 0, mbit: 200 };
const small = { files: 5000, bytes: 4096, lfs: false };
/** What is fetched, over what, and when the fault begins: by default when a third has arrived. */
const scenarios = {
  one: { about: '500 MB in one file', repo: { files: 1, bytes: 500 * MB, lfs: true } },
  twenty: { about: '20 files of 20 MB', repo: { files: 20, bytes: 20 * MB, lfs: true } },
  small: { about: '5000 files of 4 KiB', repo: small },
  // Long round trips, so that it falls between two pages of the list.
  pages: {
    about: '5000 files of 4 KiB, while they are listed; 300 ms round trip',
    repo: small,
    shape: { ...link200, roundTripMs: 300 },
    startBytes: 300_000,
  },
};

const peers = {
  hub: benchPeers.hub,
  aria2c: benchPeers.aria2c,
  'curl, again and again': { program: curlAgainAndAgain },
  huggingface_hub: benchPeers.huggingface_hub,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    peers: { type: 'string', default: Object.keys(peers).join() },
    scenarios: { type: 'string', default: 'one,twenty' },
    logs: { type: 'string' },
  },
});
const runs = Number(flags.runs);
const chosen = {
  faults: positionals.length > 0 ? positionals : Object.keys(faults),
  peers: flags.peers.split(/,(?! )/),
  scenarios: flags.scenarios.split(','),
};
const isKnown =
  chosen.faults.every((name) => name in faults) &&
  chosen.peers.every((name) => name in peers) &&
  chosen.scenarios.every((name) => name in scenarios);
if (!isKnown || !(runs >= 1)) {
  console.error('usage: npm run bench:links -- [fault…] [--runs 3] [--peers hub,aria2c] [--scenarios one,twenty]');
  console.error(`faults: ${Object.keys(faults).join(' ')}; scenarios: ${Object.keys(scenarios).join(' ')}`);
  process.exit(2);
}
const why = whyNoLink() ?? (hasNginx ? undefined : 'needs nginx');
if (why !== undefined) {
  console.error(why);
  process.exit(1);
}

const abort = new globalThis.AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => abort.abort(new Error(name)));
const folder = await mkdtemp(join(tmpdir(), 'hub-links-'));
try {
  const sizes = chosen.scenarios.map((name) => scenarios[name].repo.files * scenarios[name].repo.bytes);
  await checkSpace(folder, sizes.reduce((sum, size) => sum + size, 0) + Math.max(...sizes));
  const hubProgram = await copyProgram(folder);
  for (const name of chosen.peers) await peers[name].prepare?.();
  for (const name of chosen.scenarios) await measureScenario(name, hubProgram);
} catch (error) {
  if (!abort.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await rm(folder, { recursive: true });
}

async function measureScenario(scenario, hubProgram) {
  const { about, repo: wanted, shape = link200, startBytes } = scenarios[scenario];
  const www = join(folder, scenario, 'www');
  await mkdir(www, { recursive: true });
  const repo = await makeRepo(www, { name: scenario, ...wanted });
  const job = { repo, www, shape, hubProgram, startBytes: startBytes ?? repo.bytes / 3 };
  const head = ['', 'fault', 'wall s', 'quiet s', 'bytes again after', 'half the rate after', 'arrived / size'];
  const rows = [[...head, 'fetched / size', 'wasted', 'right', 'runs']];
  for (const fault of chosen.faults) {
    const results = new Map(chosen.peers.map((name) => [name, []]));
    for (let round = 0; round < runs; round++) {
      for (const [name, list] of results) {
        const run = await disturbedRun(name, { ...job, fault });
        console.error(JSON.stringify({ scenario, fault, name, ...run }));
        list.push(run);
      }
    }
    rows.push(...[...results].map(([name, list]) => row(name, fault, list)));
  }
  console.log(`${about}\n\n${table(rows).join('\n')}\n`);
}

/** One download over a link and from a server of its own. */
async function disturbedRun(name, { fault, repo, www, shape, startBytes, hubProgram }) {
  const { signal } = abort;
  const link = await openLink(folder, shape);
  const target = await mkdtemp(join(folder, 'target-'));
  try {
    const at = { host: link.serverAddress, cdnHost: link.serverAddress, prefix: link.serverPrefix };
    const server = await startServer(dirname(www), { repos: [repo], ...at, signal });
    try {
      const { endpoint, cdn } = server;
      const program = await peers[name].program({ hubProgram, repo, www, target, endpoint, cdn });
      const env = { ...bareEnvironment(target), ...program.env };
      const stop = new globalThis.AbortController();
      const watch = disturb(link, { fault: faults[fault], shape, startBytes, stopped: stop.signal });
      let run;
      try {
        run = await measure({ ...logged(program, name, fault), env, prefix: link.clientPrefix }, { folder, signal });
      } finally {
        stop.abort();
      }
      const { bytes, ...times } = await watch;
      const isRight = await hasAll(target, repo);
      return { ...run, stdout: undefined, ...times, ...totals(name, run, repo), arrived: bytes / repo.bytes, isRight };
    } finally {
      await server.close();
    }
  } finally {
    await link.close();
    await rm(target, { recursive: true });
  }
}

function totals(name, { stdout, failure }, repo) {
  if (name !== 'hub' || failure !== undefined) return {};
  const { bytesFetched, bytesWasted } = JSON.parse(stdout).totals;
  return { fetched: bytesFetched / repo.bytes, wasted: bytesWasted };
}

function row(name, fault, list) {
  const failures = list.filter(({ failure }) => failure !== undefined);
  const figure = (what, digits = 1) => {
    const values = list.map((run) => run[what]).filter((value) => value !== undefined);
    return values.length === 0 ? '' : spread(values).median.toFixed(digits);
  };
  const right = `${list.filter(({ isRight, failure }) => isRight && failure === undefined).length} of ${list.length}`;
  const times = ['seconds', 'quiet', 'recovery', 'fullRecovery'].map((what) => figure(what));
  const bytes = [figure('arrived', 3), figure('fetched', 3), figure('wasted', 0)];
  const failure = failures.length > 0 ? `${right}: ${failures[0].failure.slice(0, 60)}` : right;
  return [name, fault, ...times, ...bytes, failure, String(list.length)];
}

/** With `--logs`: what it tells, each line with its time. */
function logged({ command, args, env }, name, fault) {
  if (flags.logs === undefined) return { command, args, env };
  const told = name === 'hub' ? [...args.filter((word) => word !== '--quiet'), '--verbose'] : args;
  const file = join(flags.logs, `${name}-${fault}.log`);
  const stamp = `while IFS= read -r line; do printf '%(%T)T %s\\n' -1 "$line"; done >>"$0"`;
  return { command: 'bash', args: ['-c', `"$@" 2> >(${stamp})`, file, command, ...told], env };
}

/** As a patient user would: on from what is there until it ends well, a silent connection given up after 30 s. */
async function curlAgainAndAgain({ repo, cdn, target }) {
  const patience = '--speed-limit 1024 --speed-time 30 --connect-timeout 10';
  const lines = repo.files.map(
    ({ address, path }) => `until curl -sSf -C - ${patience} -o ${path} ${cdn}${address}; do sleep 1; done`,
  );
  return { command: 'sh', args: ['-c', [`cd ${target}`, ...lines].join('\n')], env: {} };
}

async function hasAll(target, repo) {
  const digests = new Set();
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await stat(path)).size < repo.files[0].size) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    digests.add(hash.digest('hex'));
  }
  return repo.files.every(({ sha256 }) => digests.has(sha256));
}
