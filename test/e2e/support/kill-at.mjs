// Preloaded into the program: ends it by SIGKILL before its n-th change of the disk (KILL_AT), or tells at its end how
// many changes it has made (in the file COUNT_IN).
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const killAt = Number(process.env.KILL_AT ?? Infinity);
let changes = 0;

function beforeChange() {
  changes += 1;
  if (changes >= killAt) process.kill(process.pid, 'SIGKILL');
}

const original = {};
for (const name of ['renameSync', 'unlinkSync', 'rmdirSync', 'mkdirSync', 'linkSync', 'symlinkSync']) {
  original[name] = fs[name];
  fs[name] = (...args) => {
    beforeChange();
    return original[name](...args);
  };
}
for (const name of ['rename', 'mkdir', 'open', 'writeFile', 'link', 'symlink']) {
  const before = fs.promises[name];
  fs.promises[name] = (...args) => {
    beforeChange();
    return before(...args);
  };
}
// Node's own goes file by file in places that nobody can look into.
fs.promises.rm = async (path, { recursive = false, force = false } = {}) => {
  try {
    removeAt(path, recursive);
  } catch (error) {
    if (!force || error.code !== 'ENOENT') throw error;
  }
};
syncBuiltinESMExports();

function removeAt(path, recursive) {
  if (!fs.lstatSync(path).isDirectory() || !recursive) return fs.unlinkSync(path);
  for (const name of fs.readdirSync(path)) removeAt(join(path, name), recursive);
  return fs.rmdirSync(path);
}

if (process.env.COUNT_IN) {
  process.on('exit', () => fs.writeFileSync(process.env.COUNT_IN, String(changes)));
}
