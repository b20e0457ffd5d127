import { type Dirent, type Stats, readdirSync, statSync } from 'node:fs';
import type { Content, Finding } from '../../retention/inventory.js';
import { isSystemError, reasonOf } from '../disk-errors.js';

/** What the file at a path holds, a link followed; undefined where none can be reached. */
export function contentOf(path: string): Content | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? asContent(stats) : undefined;
  } catch {
    return undefined;
  }
}

export function asContent(stats: Stats): Content {
  return {
    size: stats.size,
    inode: `${String(stats.dev)}:${String(stats.ino)}`,
    links: stats.nlink,
    modifiedMs: stats.mtimeMs,
    accessedMs: stats.atimeMs,
  };
}

/** What lies in a folder, by name. One that can't be read is a finding; one that is missing, too, unless it may be. */
export function filesIn(folder: string, findings: Finding[], missing?: 'may be missing'): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (missing !== undefined && isSystemError(error, 'ENOENT')) return [];
    const reason = isSystemError(error, 'ENOTDIR') ? 'no folder' : reasonOf(error, folder);
    findings.push({ kind: 'broken', path: folder, reason });
    return [];
  }
}
