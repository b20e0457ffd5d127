#!/usr/bin/env node
// Answers what needs no program, and starts the program for the rest. Written so that Node 12 can still read it and
// say what is wrong: no top-level await, no `node:` addresses, no newer syntax.
import { readFileSync } from 'fs';
import module from 'module';

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
  process.stdout.write(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version + '\n');
} else {
  // Of Node >= 22.8: the second start reads compiled code.
  if (module.enableCompileCache) module.enableCompileCache();
  import('../dist/cli.js').then((program) => program.main()).then((exitCode) => process.exit(exitCode));
}

function isOlder(version, oldest) {
  const parts = version.split('.').map(Number);
  const floor = oldest.split('.').map(Number);
  for (let i = 0; i < floor.length; i++) {
    if (parts[i] !== floor[i]) return parts[i] < floor[i];
  }
  return false;
}
