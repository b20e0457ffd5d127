// npm run demo: the real program against a hub on loopback that serves fixtures/, into a cache that is thrown away.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = await mkdtemp(join(tmpdir(), 'hub-demo-'));
const hub = startHub();
// The terminal sends the signal to all of us: the program ends by itself, and then we tidy up.
process.on('SIGINT', () => undefined);
try {
  const endpoint = await firstLine(hub);
  const commandLine = 'hub download facebook/opt-13b --ignore "*.h5"';
  console.log(
    `A hub on loopback serves fixtures/ at ${endpoint}\n\n$ export HF_ENDPOINT=${endpoint}\n$ ${commandLine}`,
  );
  process.exitCode = await download(endpoint);
  if (process.exitCode === 0) {
    console.log(`\nOnce more, now that all is in the cache:\n\n$ ${commandLine}`);
    process.exitCode = await download(endpoint);
    await listSnapshot();
  }
} finally {
  hub.kill();
  await rm(home, { recursive: true });
}

function startHub() {
  const slowEnoughToWatch = ['--rate', '100000'];
  const serve = [
    'test/support/run-typescript.mjs',
    'test/support/hub-server/serve.ts',
    ...slowEnoughToWatch,
    'fixtures',
  ];
  return spawn(process.execPath, serve, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the loopback hub did not start');
}

async function download(endpoint) {
  const args = [join(root, 'bin/hub.js'), 'download', 'facebook/opt-13b', '--ignore', '*.h5'];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: environment(endpoint) });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

/** The user's own, but for whatever would lead the program to their hub, cache, token or proxy. */
function environment(endpoint) {
  const misleading = /^(HF|HUB|HUGGINGFACE|HUGGING_FACE|MODEL_HUB|TRANSFORMERS)_|_proxy$/i;
  const kept = Object.entries(process.env).filter(([name]) => !misleading.test(name));
  const withoutConfigFile = { XDG_CONFIG_HOME: home, APPDATA: home };
  return { ...Object.fromEntries(kept), ...withoutConfigFile, HF_ENDPOINT: endpoint, HF_HOME: home };
}

async function listSnapshot() {
  const snapshots = join(home, 'hub', 'models--facebook--opt-13b', 'snapshots');
  console.log('\nThe snapshot, as transformers reads it:\n');
  for (const path of (await readdir(snapshots, { recursive: true })).sort()) {
    const file = join(snapshots, path);
    const stats = await lstat(file);
    if (stats.isDirectory()) continue;
    const target = stats.isSymbolicLink() ? ` -> ${await readlink(file)}` : '';
    console.log(`  ${relative(snapshots, file)}${target}`);
  }
}
