import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The platform of this machine, as `node-<platform>` on npm names it. */
export const thisPlatform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/**
 * Installs Node's own programs, which npm has as packages.
 *
 * @param {string} folder  where; what another call has installed there is kept only where it is asked for again
 * @param {readonly { platform: string, version: string }[]} programs  a version, or `24` for the newest of a line
 * @returns {Promise<void>}
 * @throws {Error}  npm's, where it can't be reached or has no such program
 */
export async function installNodePrograms(folder, programs) {
  await mkdir(folder, { recursive: true });
  const packages = programs.map((program) => `${nameOf(program)}@npm:node-${program.platform}@${program.version}`);
  // By force: those of other platforms too.
  const words = ['install', '--prefix', folder, '--no-save', '--force', '--no-audit', '--no-fund', ...packages];
  await promisify(execFile)('npm', words, { shell: process.platform === 'win32' });
  await Promise.all(programs.map((program) => access(nodeProgram(folder, program))));
}

/**
 * The path of one that is installed there.
 *
 * @param {string} folder
 * @param {{ platform: string, version: string }} program
 * @returns {string}
 */
export function nodeProgram(folder, program) {
  const file = program.platform.startsWith('win-') ? 'node.exe' : 'node';
  return join(nodePackage(folder, program), 'bin', file);
}

/**
 * The folder of its package, which has Node's licence.
 *
 * @param {string} folder
 * @param {{ platform: string, version: string }} program
 * @returns {string}
 */
export function nodePackage(folder, program) {
  return join(folder, 'node_modules', nameOf(program));
}

function nameOf({ platform, version }) {
  return `node-${platform}-${version}`;
}
