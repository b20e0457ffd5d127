// Builds dist/: the library and the command line as ES modules that share chunks, so that each command's code is
// read only when it is called. Everything that the program needs is inside; the package has no dependencies.
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { build } from 'esbuild';

// commander starts a command that is a program of its own by it, of which we have none; to load it takes 2 ms.
const neverUsed = new Set(['child_process']);

/**
 * A CommonJS package's `require('node:net')` has no meaning in an ES module. `process.getBuiltinModule` (Node
 * >= 20.16) gives the same object without one, also after a user's bundler has read our output.
 */
const builtinsOfCommonJs = {
  name: 'builtins-of-commonjs',
  setup(pluginBuild) {
    const names = new Set(builtinModules);
    pluginBuild.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ kind, path }) => {
      const name = path.replace(/^node:/, '');
      const isBuiltin = names.has(name) || names.has(`node:${name}`);
      if (kind !== 'require-call' || !isBuiltin) return undefined;
      return { path: name, namespace: neverUsed.has(name) ? 'nothing' : 'builtin' };
    });
    pluginBuild.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }));
    pluginBuild.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.18',
  legalComments: 'none',
  // Node 20 reads all of it at every start. Names stay: they are what tells in a stack trace.
  minifyWhitespace: true,
  minifySyntax: true,
  metafile: true,
  plugins: [builtinsOfCommonJs],
});
await writeFile('dist/THIRD-PARTY-NOTICES.md', await thirdPartyNotices(Object.keys(metafile.inputs)));

/** The licence of each package whose code is inside the bundle, as its licence asks for. */
async function thirdPartyNotices(inputs) {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
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
