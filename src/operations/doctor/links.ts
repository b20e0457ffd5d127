import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSymlinks } from '../../cache/file-system.js';
import { CacheFiles } from '../../cache/files.js';
import { hardLink, reflink } from '../../cache/one-file.js';
import type { Settings } from '../../settings/settings.js';
import { type Finding, ok, warning } from './finding.js';

export type CacheSettings = Pick<Settings, 'cacheDir' | 'symlinks'>;

/** Tries which links can be made in the cache's folder; what it makes for that it removes. */
export async function examineLinks({ cacheDir, symlinks: wanted }: CacheSettings): Promise<Finding> {
  const files = new CacheFiles(cacheDir);
  const [from, hard, shared] = [temporaryIn(cacheDir), temporaryIn(cacheDir), temporaryIn(cacheDir)];
  try {
    const handle = await files.create(from);
    await handle.writeFile('x').finally(() => handle.close());
    const symlinks = await hasSymlinks(cacheDir);
    const hardLinks = await hardLink(from, hard);
    const copy = await reflink(from, shared, files);
    await copy?.close();
    return judgeLinks(cacheDir, { symlinks, wanted, hardLinks, reflinks: copy !== undefined });
  } finally {
    for (const path of [from, hard, shared]) await rm(path, { force: true });
  }
}

/** @param can  `wanted`: whether the settings allow symbolic links */
export function judgeLinks(
  cacheDir: string,
  can: { symlinks: boolean; wanted: boolean; hardLinks: boolean; reflinks: boolean },
): Finding {
  const { symlinks, wanted, hardLinks, reflinks } = can;
  const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');
  const found = {
    check: 'links',
    target: cacheDir,
    message: `symbolic ${wanted ? yesOrNo(symlinks) : 'switched off'}, hard ${yesOrNo(hardLinks)}, reflinks ${yesOrNo(reflinks)}`,
  } as const;
  if (!wanted) {
    const hint = 'Each revision has its own copies of files. To share them: unset HF_HUB_DISABLE_SYMLINKS.';
    return warning({ ...found, hint });
  }
  if (!symlinks) {
    const hint =
      process.platform === 'win32'
        ? 'Each revision has its own copies of files. Switch Developer Mode on, or name a cache on NTFS.'
        : 'Each revision has its own copies of files. Name a cache on a file system that has symbolic links: HF_HUB_CACHE.';
    return warning({ ...found, hint });
  }
  if (hardLinks || reflinks) return ok(found);
  return warning({
    ...found,
    hint: 'Equal files of different repos take their space twice: dedupe can do nothing here.',
  });
}

/** A name that no other process uses, and that a cleaning takes for what it is. */
export function temporaryIn(folder: string): string {
  return join(folder, `.tmp-${randomBytes(8).toString('hex')}`);
}
