// Who may import whom: see "The tree" in ARCHITECTURE.md.
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}` },
  to: { path: '^src/', pathNot: [`^src/${from}`, '^src/(errors|events)\\.ts$', ...allowed.map((to) => `^src/${to}`)] },
});

const ioModules = '^(node:)?(fs|fs/promises|net|tls|http|https|http2|dns|child_process|worker_threads|dgram)$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    layer('repo-imports-nothing', 'repo/', []),
    layer('selection-imports-repo', 'selection/', ['repo/']),
    layer('settings-import-repo', 'settings/', ['repo/']),
    layer('net-knows-no-hub', 'net/', []),
    layer('hub-imports-net', 'hub/', ['net/', 'repo/', 'transfer/source\\.ts$']),
    layer('transfer-knows-no-url-and-no-path', 'transfer/', ['repo/']),
    layer('cache-knows-no-network', 'cache/', ['repo/', 'transfer/target\\.ts$', 'transfer/segments\\.ts$']),
    layer('workspace-imports-repo', 'workspace/', ['repo/']),
    layer('operations-know-no-screen', 'operations/', [
      'hub/', 'net/', 'cache/', 'transfer/', 'selection/', 'workspace/', 'settings/', 'repo/',
    ]),
    layer('library-knows-no-command', 'index\\.ts', [
      'operations/', 'hub/', 'cache/', 'transfer/', 'selection/', 'workspace/', 'settings/', 'repo/',
    ]),
    {
      name: 'pure-code-does-no-io',
      severity: 'error',
      from: { path: '^src/(repo|selection)/|^src/transfer/segments\\.ts$|^src/cache/layout\\.ts$' },
      to: { path: ioModules },
    },
    {
      name: 'transfer-does-no-network',
      severity: 'error',
      from: { path: '^src/(transfer|cache)/' },
      to: { path: '^(node:)?(net|tls|http|https|http2|dns)$|node_modules/undici' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
