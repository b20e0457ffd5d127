// npm run build:executables [-- <platform>…]: the program with Node inside, for machines that have none, in
// dist/executables/. Each is Node of its platform, into which dist/hub.mjs is put as the code that it runs (a "single
// executable application"); any machine whose own Node npm has can build all of them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'postject';
import { installNodePrograms, nodePackage, nodeProgram, thisPlatform } from './test/nodes/node-programs.js';

/** The last line whose programs for Linux need no libatomic, which many systems lack; npm has it for all of these. */
const version = '24.21.0';
/** Not macOS: it runs only what is signed, which takes a Mac. */
const allPlatforms = ['linux-x64', 'linux-arm64', 'win-x64'];

const chosen = process.argv.slice(2);
const platforms = chosen.length === 0 ? allPlatforms : chosen;
const unknown = platforms.find((platform) => !allPlatforms.includes(platform));
if (unknown !== undefined) throw new Error(`${unknown} is none of ${allPlatforms.join(', ')}`);

const folder = 'dist/executables';
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
const work = await mkdtemp(join(tmpdir(), 'hub-executables-'));
try {
  const programs = [...new Set([thisPlatform, ...platforms])].map((platform) => ({ platform, version }));
  await installNodePrograms(work, programs);
  const code = await preparedCode();
  const lines = [];
  for (const platform of platforms) lines.push(await checksumLine(await buildExecutable(platform, code)));
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''));
  const licence = await readFile(join(nodePackage(work, programs[0]), 'LICENSE'), 'utf8');
  const notices = await readFile('dist/THIRD-PARTY-NOTICES.md', 'utf8');
  await writeFile(
    join(folder, 'THIRD-PARTY-NOTICES.md'),
    `${notices}\n## Node.js ${version}\n\n\`\`\`text\n${licence.trim()}\n\`\`\`\n`,
  );
} finally {
  await rm(work, { recursive: true });
}

/** The program as Node takes it in. It imports nothing, so it is a CommonJS script as well, the only kind allowed there. */
async function preparedCode() {
  const [main, config, output] = ['main.cjs', 'config.json', 'code'].map((name) => join(work, name));
  await writeFile(main, (await readFile('dist/hub.mjs', 'utf8')).replace(/^#!.*/, "'use strict';"));
  // No compiled code: that is of one platform.
  await writeFile(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache: false }));
  const node = nodeProgram(work, { platform: thisPlatform, version });
  await promisify(execFile)(node, ['--experimental-sea-config', config]);
  return readFile(output);
}

/** @returns its name */
async function buildExecutable(platform, code) {
  const name = `hub-${platform}${platform.startsWith('win-') ? '.exe' : ''}`;
  const file = join(folder, name);
  await copyFile(nodeProgram(work, { platform, version }), file);
  // Both names are Node's: where it looks, and what tells it to.
  await inject(file, 'NODE_SEA_BLOB', code, { sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' });
  await chmod(file, 0o755);
  return name;
}

/** As `sha256sum --check` reads it. */
async function checksumLine(name) {
  const digest = createHash('sha256')
    .update(await readFile(join(folder, name)))
    .digest('hex');
  return `${digest}  ${name}\n`;
}
