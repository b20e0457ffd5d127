// Runs a TypeScript file of the tests, which Node 20 can't do alone:
//   node test/support/run-typescript.mjs <file.ts> [arguments…]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [, , file, ...args] = process.argv;
if (file === undefined) throw new Error('run-typescript.mjs needs a file to run');

const folder = await mkdtemp(join(tmpdir(), 'run-typescript-'));
const bundle = join(folder, 'bundle.mjs');
try {
  await build({
    entryPoints: [file],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // For CommonJS packages inside the bundle.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  process.argv = [process.argv[0] ?? 'node', resolve(file), ...args];
  await import(pathToFileURL(bundle).href);
} finally {
  await rm(folder, { recursive: true });
}
