#!/usr/bin/env node
// Answers what needs no program, and starts the program for the rest. Written so that Node 12 can still read it and
// say what is wrong: no imports, no top-level await, no newer syntax.

/** A test holds it to package.json. */
const version = '0.1.0';
const oldestNode = '20.18.1';

if (isOlder(process.versions.node, oldestNode)) {
  process.stderr.write(
    'error: hub needs Node ' +
      oldestNode +
      ' or newer, and this is Node ' +
      process.versions.node +
      '\n' +
      'hint: Install a current Node (https://nodejs.org), or choose one with your version manager: nvm install --lts\n',
  );
  process.exitCode = 1;
} else if (['--version', '-V', 'version'].includes(process.argv[2])) {
  process.stdout.write(version + '\n');
} else {
  // Of Node >= 22.8: the second start reads compiled code.
  const { enableCompileCache } = process.getBuiltinModule('module');
  if (enableCompileCache) enableCompileCache();
  import('../dist/cli.js').then(
    (program) => program.main().then((exitCode) => process.exit(exitCode)),
    (error) => tellOpenFiles(error),
  );
}

/** The program's own files are files too, of which the system may give no more. */
function tellOpenFiles(error) {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  process.stderr.write(
    'error: too many open files: ' +
      error.message +
      '\nhint: Raise the limit (ulimit -n), then run the same command.\n',
  );
  process.exitCode = 7;
}

function isOlder(version, oldest) {
  const parts = version.split('.').map(Number);
  const floor = oldest.split('.').map(Number);
  for (let i = 0; i < floor.length; i++) {
    if (parts[i] !== floor[i]) return parts[i] < floor[i];
  }
  return false;
}
