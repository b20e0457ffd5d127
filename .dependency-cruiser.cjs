// Who may import whom: see "The tree" in ARCHITECTURE.md.

/** Files below `src/` whose path begins with `from` may import each other, errors, events, and what `allowed` names. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}` },
  to: { path: '^src/', pathNot: [`^src/${from}`, '^src/(errors|events)\\.ts$', ...allowed.map((to) => `^src/${to}`)] },
});

const below = [
  'hub/',
  'net/',
  'cache/',
  'local-dir/',
  'foreign/',
  'transfer/',
  'selection/',
  'retention/',
  'workspace/',
  'settings/',
  'repo/',
];
const inputOutput = '^(node:)?(fs|fs/promises|net|tls|http|https|http2|dns|child_process|worker_threads|dgram)$';
const network = '^(node:)?(net|tls|http|https|http2|dns|dgram)$|node_modules/undici/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    layer('errors-and-events-import-nothing', '(errors|events)\\.ts$', []),
    layer('repo-imports-nothing', 'repo/', []),
    layer('selection-imports-repo', 'selection/', ['repo/']),
    layer('retention-imports-repo', 'retention/', ['repo/']),
    layer('settings-import-repo', 'settings/', ['repo/']),
    layer('net-knows-no-hub', 'net/', []),
    layer('hub-imports-net', 'hub/', ['net/', 'repo/', 'transfer/source\\.ts$']),
    layer('transfer-knows-no-url-and-no-path', 'transfer/', ['repo/']),
    layer('cache-knows-no-network', 'cache/', [
      'repo/',
      'retention/(inventory|removal|verification)\\.ts$',
      'transfer/(source|target|segments)\\.ts$',
    ]),
    layer('foreign-imports-repo', 'foreign/', ['repo/']),
    layer('local-dir-builds-on-the-cache', 'local-dir/', [
      'cache/',
      'repo/',
      'transfer/(source|target|segments)\\.ts$',
    ]),
    layer('workspace-imports-repo', 'workspace/', ['repo/', 'selection/glob\\.ts$']),
    layer('operations-know-no-screen', 'operations/', below),
    layer('cli-works-through-operations', 'cli/', ['operations/', 'settings/', 'repo/']),
    layer('library-knows-no-command', 'index\\.ts$', ['operations/', ...below]),
    {
      name: 'pure-code-does-no-io',
      severity: 'error',
      from: {
        path: '^src/(repo|selection|retention)/|^src/transfer/segments\\.ts$|^src/workspace/(?![^/]*-file\\.ts)|^src/(cache|local-dir)/layout\\.ts$|^src/local-dir/(judge|recorded)\\.ts$|^src/operations/mirror/(queue|limits|requests|result)\\.ts$',
      },
      to: { path: inputOutput },
    },
    {
      name: 'only-net-does-network',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/net/' },
      to: { path: network },
    },
    {
      name: 'only-cli-knows-the-terminal',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/(commander|cli-progress|string-width)/' },
    },
    { name: 'imports-resolve', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
