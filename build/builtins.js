import { builtinModules } from 'node:module';

// commander starts a command that is a program of its own by it, of which we have none; to load it takes 2 ms.
const neverUsed = new Set(['child_process']);

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
export function builtinsWhenReached(kinds) {
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
