// npm run bench -- [scenario…] [--runs 5] [--peers hub,curl] [--write]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSpace } from './content.mjs';
import { canMeasureProcesses } from './measure.mjs';
import { peers as allPeers } from './peers.mjs';
import { copyProgram } from './program.mjs';
import { heading, section } from './report.mjs';
import { runScenario, whySkipped } from './rounds.mjs';
import { scenarios } from './scenarios.mjs';

const resultsFile = join(import.meta.dirname, 'RESULTS.md');

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' }, peers: { type: 'string' }, write: { type: 'boolean' } },
});
const runs = Number(flags.runs);
const chosen = positionals.length > 0 ? positionals : Object.keys(scenarios);
const unknown = chosen.filter((name) => !(name in scenarios));
if (unknown.length > 0 || !(runs >= 1)) {
  console.error(`usage: npm run bench -- [scenario…] [--runs 5] [--peers hub,curl] [--write]`);
  console.error(`scenarios: ${Object.keys(scenarios).join(' ')}`);
  process.exit(2);
}
const abort = new globalThis.AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => abort.abort(new Error(name)));

if (!canMeasureProcesses) console.error('CPU and memory are left out: they need GNU time');
const folder = await mkdtemp(join(tmpdir(), 'hub-bench-'));
try {
  const hubProgram = await copyProgram(folder);
  const { versions, peers } = await findPeers(hubProgram);
  const sections = [heading(versions)];
  console.log(sections[0]);
  await checkSpace(folder, spaceFor(chosen));
  const options = { hubProgram, peers, folder, runs, repos: new Map(), signal: abort.signal };
  for (const name of chosen) {
    const skipped = whySkipped(scenarios[name]);
    const text = skipped ? `## ${name}: skipped, ${skipped}\n` : await sectionOf(name, options);
    sections.push(text);
    console.log(text);
  }
  if (flags.write) await writeFile(resultsFile, sections.join('\n'));
} catch (error) {
  if (!abort.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await rm(folder, { recursive: true });
}

async function sectionOf(name, options) {
  const status = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
  const progress = (what) => status(`${name}: ${what}`);
  const results = await runScenario(scenarios[name], { ...options, progress });
  status('');
  return section(name, scenarios[name], results);
}

/** The peers that are here, or can be brought here, and their versions. */
async function findPeers(hubProgram) {
  const wanted = flags.peers?.split(',') ?? Object.keys(allPeers);
  const takesPart = (name) => chosen.some((scenario) => scenarios[scenario].peers?.includes(name));
  const needed = ['hub', ...wanted.filter((name) => name !== 'hub' && takesPart(name))];
  const versions = {};
  const peers = {};
  for (const name of needed) {
    try {
      await allPeers[name].prepare?.();
      const version = await allPeers[name].version({ hubProgram });
      peers[name] = allPeers[name];
      if (!/,| /.test(name)) versions[name] = /\d+\.\d+[\w.-]*/.exec(version)?.[0];
    } catch (error) {
      console.error(`${name} is left out: ${error.message}`);
    }
  }
  return { versions, peers };
}

/** The content of all chosen scenarios, and the largest once more for what is downloaded. */
function spaceFor(names) {
  const repos = new Set(names.map((name) => scenarios[name].repo).filter(Boolean));
  const sizes = [...repos].map(({ files, bytes }) => files * bytes);
  return sizes.reduce((sum, size) => sum + size, 0) + Math.max(0, ...sizes);
}
