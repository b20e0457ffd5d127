import { Buffer } from 'node:buffer';
import { lstat, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRepo } from './content.mjs';
import { openLink, whyNoLink } from './link.mjs';
import { measure, must } from './measure.mjs';
import { hasNginx, makeCertificate, startServer } from './server.mjs';

const startsForEachRun = 4;
/** The program's own memory and the server's come to the repo's bytes. */
const warmTimes = 2;
/** Fewer bytes stay until the end: ext4 makes no new file quickly where thousands were deleted a minute ago. */
const leastWeight = 100_000_000;

/** Why a scenario can't be measured here, or undefined where it can. */
export function whySkipped({ link, limitRate }) {
  if (link) return whyNoLink();
  return limitRate && !hasNginx ? 'needs nginx' : undefined;
}

/**
 * Measures one scenario: every peer in turn, `runs` times over, so that what else the machine does meets all alike.
 *
 * @param options.peers  by name, those that shall run
 * @param options.folder  temporary, on the disk where downloads go
 * @returns each peer's runs, by name
 */
export async function runScenario(scenario, options) {
  return scenario.programs ? runPrograms(scenario, options) : runDownloads(scenario, options);
}

async function runPrograms(scenario, { hubProgram, folder, runs, progress, signal }) {
  const programs = scenario.programs(hubProgram);
  const results = new Map(Object.keys(programs).map((name) => [name, []]));
  await inTurn(results, { runs: runs * startsForEachRun }, async (name) => {
    progress(name);
    return measure({ command: process.execPath, args: programs[name], env: process.env }, { folder, signal });
  });
  return results;
}

async function runDownloads(scenario, { hubProgram, peers, folder, runs, progress, signal, repos }) {
  const { slow = [], warm, tls } = scenario;
  const www = join(folder, 'www');
  const repo = await repoOf(scenario, { www, repos, progress });
  const caFile = tls && (await makeCertificate(folder));
  const place = await openPlace(folder, { scenario, repo, signal });
  const job = (target) => ({
    hubProgram,
    repo,
    www,
    caFile,
    target,
    endpoint: place.server.endpoint,
    cdn: place.server.cdn,
  });
  const targets = new Map();
  const litter = [];

  async function download(name) {
    progress(name);
    await warmMemory(folder, warmTimes * repo.bytes);
    const peer = peers[name];
    const target = targets.get(name) ?? (await mkdtemp(join(folder, 'target-')));
    const { command, args, env } = await peer.program(job(target));
    const program = { command, args, env: { ...bareEnvironment(target), ...env }, prefix: place.prefix };
    const countTraffic = await place.server.watch();
    const run = await measure(program, { folder, signal });
    const traffic = await countTraffic();
    if (run.failure === undefined && !peer.keepsNothing && (await bytesBelow(target)) < repo.bytes) {
      run.failure = 'left bytes out';
    }
    if (warm) targets.set(name, target);
    else if (repo.bytes < leastWeight) litter.push(target);
    else await rm(target, { recursive: true });
    if (run.failure !== undefined) return run;
    return { ...run, ...traffic, received: (peer.bytesReceived?.(run.stdout) ?? traffic.bodyBytes) / repo.bytes };
  }

  try {
    const results = new Map(scenario.peers.filter((name) => name in peers).map((name) => [name, []]));
    if (warm) for (const name of results.keys()) await download(name);
    await inTurn(results, { runs, slow }, download);
    return results;
  } finally {
    await place.close();
    for (const target of [...targets.values(), ...litter]) await rm(target, { recursive: true });
  }
}

/** Each name once a round, every round beginning with another; who failed is out. */
async function inTurn(results, { runs, slow = [] }, run) {
  const names = [...results.keys()];
  for (let round = 0; round < runs; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const list = results.get(name);
      if (list.at(-1)?.failure !== undefined || (round > 0 && slow.includes(name))) continue;
      await must('sync', []);
      list.push(await run(name));
    }
  }
}

/**
 * Lets the kernel have memory at hand for what is about to be written: on a virtual machine, whose free pages go back to
 * its host, a program that comes after a rest pays up to 1.5 s a GiB to get them again.
 */
async function warmMemory(folder, bytes) {
  const path = join(folder, 'warm');
  const file = await open(path, 'w');
  try {
    const block = Buffer.alloc(1024 * 1024);
    for (let written = 0; written < bytes; written += block.byteLength) await file.write(block);
  } finally {
    await file.close();
    await rm(path);
  }
}

async function openPlace(folder, { scenario, repo, signal }) {
  const { link: wanted, tls, limitRate } = scenario;
  const link = wanted && (await openLink(folder, wanted));
  const hosts = link
    ? { host: link.serverAddress, cdnHost: link.serverAddress, prefix: link.serverPrefix }
    : { host: '127.0.0.1', cdnHost: 'localhost' };
  try {
    const server = await startServer(folder, { repos: [repo], tls, limitRate, ...hosts, signal });
    const close = async () => {
      await server.close();
      await link?.close();
    };
    return { server, prefix: link?.clientPrefix, close };
  } catch (error) {
    await link?.close();
    throw error;
  }
}

async function repoOf({ repo: wanted }, { www, repos, progress }) {
  if (!repos.has(wanted.name)) {
    progress(`making ${wanted.files} x ${wanted.bytes} bytes`);
    await mkdir(www, { recursive: true });
    repos.set(wanted.name, await makeRepo(www, wanted));
  }
  return repos.get(wanted.name);
}

/** Nobody's settings, tokens or proxies. */
export function bareEnvironment(target) {
  return { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: target };
}

async function bytesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
