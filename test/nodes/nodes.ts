import { join } from 'node:path';
import { installNodePrograms, nodeProgram, thisPlatform } from './node-programs.js';

/** Under which the program must run: the oldest that package.json allows, and the newest of each line since. */
export const supportedNodes = ['20.18.1', '22', '24', '26'];

/** Which some systems still install. */
export const oldNodes = ['12', '18'];

/** The program of one of them, once it is installed. */
export function nodeOf(version: string): string {
  return nodeProgram(folder, onThisPlatform(version));
}

/** @throws Error  npm's, where the registry can't be reached */
export async function installNodes(): Promise<void> {
  await installNodePrograms(folder, [...supportedNodes, ...oldNodes].map(onThisPlatform));
}

function onThisPlatform(version: string) {
  return { platform: thisPlatform, version };
}

/** Kept for the next time; without it, the newest are fetched. */
const folder = join(import.meta.dirname, '..', '..', '.nodes');
