// Makes dist/ out of src/. Everything that the program needs is inside; nothing of it has dependencies.
import { appendFile, chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

// commander starts a command that is a program of its own by it, of which we have none; to load it takes 2 ms.
const neverUsed = new Set(['child_process']);

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

/**
 * Takes Node's own modules by `process.getBuiltinModule` (Node >= 20.16), which gives the same object and runs when it is
 * reached.
 *
 * A CommonJS package's `require('node:net')` has no meaning in an ES module otherwise, also after a user's bundler has
 * read our output. An `import`, on the other hand, is bound before anything runs: an older Node, which lacks one of the
 * names, could not say that it is too old.
 *
 * @param kinds  esbuild's names of the ways of importing that are replaced
 */
function builtinsWhenReached(kinds) {
  return {
    name: 'builtins-when-reached',
    setup(pluginBuild) {
      pluginBuild.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ kind, path }) => {
        const isBuiltin = path.startsWith('node:') || builtinModules.includes(path);
        if (!kinds.includes(kind) || !isBuiltin) return undefined;
        const name = path.replace(/^node:/, '');
        const isNothing = kind === 'require-call' && neverUsed.has(name);
        return { path: name, namespace: isNothing ? 'nothing' : 'builtin' };
      });
      pluginBuild.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }));
      pluginBuild.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule('node:${path}');`,
      }));
    },
  };
}

/**
 * The licence of each package whose code is inside a bundle, as its licence asks for, in Markdown.
 *
 * @param {{ inputs: Record<string, unknown> }} metafile  esbuild's
 * @returns {Promise<string>}
 */
async function thirdPartyNotices({ inputs }) {
  const folders = Object.keys(inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const sections = await Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
      const licenceFile = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
      if (licenceFile === undefined) throw new Error(`${folder} has no licence file`);
      const text = await readFile(`${folder}/${licenceFile}`, 'utf8');
      return `## ${name} ${version} (${license})\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`;
    }),
  );
  return `# Third-party code inside this package\n\n${sections.join('\n')}`;
}
