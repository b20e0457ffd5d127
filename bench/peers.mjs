import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from './measure.mjs';

const installed = join(import.meta.dirname, '../.bench');
const javascript = join(installed, 'node_modules/@huggingface/hub');
const python = join(installed, 'venv/bin/python');
const node = process.execPath;

/**
 * Who is measured. `program` gives the command that brings `job.repo` into the empty folder `job.target`; a job also has
 * `hubProgram`, `endpoint`, `cdn` and, over TLS, `caFile`.
 */
export const peers = {
  hub: {
    version: ({ hubProgram }) => must(node, [hubProgram, '--version']),
    program: ({ hubProgram, repo, endpoint, target, caFile }) => ({
      command: node,
      args: [hubProgram, 'download', repo.id, '--json', '--quiet', '--progress', 'none'],
      env: { HF_ENDPOINT: endpoint, HF_HOME: target, ...(caFile && { NODE_EXTRA_CA_CERTS: caFile }) },
    }),
    bytesReceived: (stdout) => JSON.parse(stdout).totals.bytesFetched,
  },
  curl: {
    version: () => must('curl', ['--version']),
    program: (job) => curl(job, (file) => join(job.target, file.path)),
  },
  'curl to nowhere': {
    version: () => must('curl', ['--version']),
    keepsNothing: true,
    program: (job) => curl(job, () => '/dev/null'),
  },
  aria2c: {
    version: () => must('aria2c', ['--version']),
    program: (job) => aria2c(job, { checksum: false }),
  },
  'aria2c, checksum': {
    version: () => must('aria2c', ['--version']),
    program: (job) => aria2c(job, { checksum: true }),
  },
  'huggingface.js': {
    prepare: installJavascript,
    version: () => must(node, ['-p', `require(${JSON.stringify(`${javascript}/package.json`)}).version`]),
    program: ({ repo, endpoint, target, caFile }) => ({
      command: node,
      args: ['--input-type=module', '-e', snapshotDownload, repo.id, target, endpoint],
      env: caFile && { NODE_EXTRA_CA_CERTS: caFile },
    }),
  },
  huggingface_hub: {
    prepare: installPython,
    version: () => must(python, ['-c', 'import huggingface_hub as h; print(h.__version__)']),
    program: ({ repo, endpoint, target, caFile }) => ({
      command: python,
      args: ['-c', 'import sys, huggingface_hub as h; h.snapshot_download(sys.argv[1])', repo.id],
      env: {
        HF_ENDPOINT: endpoint,
        HF_HOME: target,
        HF_HUB_DISABLE_XET: '1',
        HF_HUB_DISABLE_TELEMETRY: '1',
        HF_HUB_DISABLE_PROGRESS_BARS: '1',
        ...(caFile && { SSL_CERT_FILE: caFile }),
      },
    }),
  },
  'sha-256 alone': {
    version: () => must(node, ['--version']),
    keepsNothing: true,
    program: ({ repo, www }) => ({
      command: node,
      args: ['-e', digestFiles, ...repo.files.map(({ address }) => join(www, address))],
    }),
  },
};

const snapshotDownload = `
const { snapshotDownload } = await import(${JSON.stringify(`${javascript}/dist/index.mjs`)});
const [, repo, cacheDir, hubUrl] = process.argv;
await snapshotDownload({ repo, cacheDir, hubUrl });`;

const digestFiles = `
const { createHash } = require('crypto');
const { openSync, readSync, closeSync } = require('fs');
const bytes = Buffer.allocUnsafe(1024 * 1024);
for (const path of process.argv.slice(1)) {
  const file = openSync(path);
  const hash = createHash('sha256');
  for (let n; (n = readSync(file, bytes)) > 0; ) hash.update(bytes.subarray(0, n));
  hash.digest();
  closeSync(file);
}`;

async function curl(job, output) {
  const { repo, target, caFile } = job;
  const lines = repo.files.map((file) => `url = "${fileUrl(job, file)}"\noutput = "${output(file)}"\n`);
  const config = `${target}.curl`;
  await writeFile(config, lines.join(''));
  const many = repo.files.length > 1 ? ['--parallel'] : [];
  const trust = caFile ? ['--cacert', caFile] : [];
  return { command: 'curl', args: ['-sSf', '--create-dirs', ...many, ...trust, '-K', config] };
}

/** As `hfd` calls it, with all the connections that aria2c allows. */
async function aria2c(job, { checksum }) {
  const { repo, target, caFile } = job;
  const lines = repo.files.map((file) => {
    const digest = checksum ? `  checksum=sha-256=${file.sha256}\n` : '';
    return `${fileUrl(job, file)}\n  out=${file.path}\n${digest}`;
  });
  const list = `${target}.aria2c`;
  await writeFile(list, lines.join(''));
  const connections = ['-x16', '-s16', '-j16', '-k1M', '--file-allocation=none'];
  const trust = caFile ? [`--ca-certificate=${caFile}`] : [];
  return { command: 'aria2c', args: ['--no-conf', '-q', ...connections, ...trust, '-d', target, '-i', list] };
}

const fileUrl = ({ endpoint, cdn }, { lfs, address }) => (lfs ? cdn : endpoint) + address;

async function installJavascript() {
  if (existsSync(javascript)) return;
  await makeInstallFolder();
  await must('npm', ['install', '--prefix', installed, '--no-audit', '--no-fund', '@huggingface/hub']);
}

async function installPython() {
  if (existsSync(python)) return;
  await makeInstallFolder();
  await must('python3', ['-m', 'venv', join(installed, 'venv')]);
  await must(python, ['-m', 'pip', 'install', '-q', 'huggingface_hub']);
}

async function makeInstallFolder() {
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, '.gitignore'), '*\n');
}
