import { constants, type Stats } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskError, isSystemError, onDisk, ownerName } from '../../cache/disk-errors.js';
import { freeBytes } from '../../cache/disk-space.js';
import { CacheFiles } from '../../cache/files.js';
import { type Finding, ok, warning } from './finding.js';
import type { Findings } from './findings.js';
import { type CacheSettings, examineLinks, temporaryIn } from './links.js';
import { judgeSpace } from './space.js';

/** The cache's folder: may it be written, how much fits in, and which links can be made there. */
export async function examineCache({ cacheDir, symlinks }: CacheSettings, findings: Findings): Promise<void> {
  const about = { check: 'cache', target: cacheDir } as const;
  const isThere = await findings.attempt(about, () => onDisk(cacheDir, () => examineFolder(cacheDir, findings)));
  if (isThere === undefined) return;
  const target = { check: 'space', target: cacheDir } as const;
  await findings.attempt(target, () =>
    onDisk(cacheDir, async () => findings.add(judgeSpace(cacheDir, await freeBytes(cacheDir)))),
  );
  if (!isThere) return;
  await findings.attempt({ check: 'links', target: cacheDir }, () =>
    onDisk(cacheDir, async () => findings.add(await examineLinks({ cacheDir, symlinks }))),
  );
}

/** @returns whether it is there; one that is not will be made by the first download */
async function examineFolder(cacheDir: string, findings: Findings): Promise<boolean> {
  const about = { check: 'cache', target: cacheDir } as const;
  const stats = await statOf(cacheDir);
  if (stats === undefined) {
    const parent = await nearestFolder(dirname(cacheDir));
    await onDisk(parent, () => access(parent, constants.W_OK | constants.X_OK));
    findings.add(ok({ ...about, message: 'not there yet: the first download makes it' }));
    return false;
  }
  if (!stats.isDirectory()) throw inTheWay(cacheDir);
  const path = temporaryIn(cacheDir);
  try {
    await (await new CacheFiles(cacheDir).create(path)).close();
  } finally {
    await rm(path, { force: true });
  }
  findings.add(judgeMode(cacheDir, stats));
  return true;
}

/** @param stats  of a folder that this user may write */
export function judgeMode(cacheDir: string, { mode, uid }: Pick<Stats, 'mode' | 'uid'>): Finding {
  const about = { check: 'cache', target: cacheDir } as const;
  const bits = (mode & 0o7777).toString(8).padStart(4, '0');
  const message =
    process.platform === 'win32' ? 'it can be written' : `it can be written; mode ${bits}, owner ${ownerName(uid)}`;
  const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  if (!isOpen || process.platform === 'win32') return ok({ ...about, message });
  return warning({
    ...about,
    message: `every user of this machine may change it: mode ${bits}`,
    hint: 'Open it to a group instead: chmod 2775.',
  });
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    if (isSystemError(error, 'ENOTDIR')) throw inTheWay(path);
    throw error;
  }
}

async function nearestFolder(path: string): Promise<string> {
  const stats = await statOf(path);
  if (stats === undefined && dirname(path) !== path) return nearestFolder(dirname(path));
  if (stats?.isDirectory() === false) throw inTheWay(path);
  return path;
}

function inTheWay(path: string): DiskError {
  return new DiskError('in-the-way', `${path}: a file is where a folder should be`, {
    hint: 'Move it away, or name another folder: --cache-dir, HF_HUB_CACHE.',
  });
}
