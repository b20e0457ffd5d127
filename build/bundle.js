// Makes dist/ out of src/. Everything that the program needs is inside; nothing of it has dependencies.
import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { builtinsWhenReached } from './builtins.js';
import { thirdPartyNotices } from './notices.js';

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  legalComments: 'none',
  // Node 20 reads all of it at every start. Names stay: they are what tells in a stack trace.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
};

await rm('dist', { recursive: true, force: true });
await Promise.all([buildPackage(), buildOneFile('dist/hub.mjs')]);

/**
 * What the npm package has: the library and the command line as modules that share chunks, so that each command's code is
 * read only when it is called.
 */
async function buildPackage() {
  const { metafile } = await build({
    ...common,
    entryPoints: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    target: 'node20.18',
    plugins: [builtinsWhenReached(['require-call'])],
  });
  await writeFile('dist/THIRD-PARTY-NOTICES.md', await thirdPartyNotices(metafile));
}

/**
 * The command line, launcher and all, as one file that runs wherever it is copied to. Node 12, which some systems still
 * install, can read it, and is told by the launcher that it is too old.
 */
async function buildOneFile(outfile) {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const program = {
    name: 'program-inside',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\.\/dist\/cli\.js$/ }, () => ({ path: join(process.cwd(), 'src/cli/main.ts') })),
  };
  const { metafile } = await build({
    ...common,
    entryPoints: ['bin/hub.js'],
    outfile,
    target: 'node12.22',
    banner: {
      js: `// model-hub-cli ${version} in one file. Its licence, and those of the code inside it, are at the end.`,
    },
    plugins: [program, builtinsWhenReached(['require-call', 'import-statement', 'dynamic-import'])],
  });
  const licences = `${await readFile('LICENSE', 'utf8')}\n${await thirdPartyNotices(metafile)}`;
  await appendFile(outfile, licences.trim().replace(/^/gm, '// ').replace(/ +$/gm, ''));
  await chmod(outfile, 0o755);
}
