import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asCommitHash } from '../../src/repo/listing.js';
import type { RepoId } from '../../src/repo/reference.js';
import { entryName } from '../../src/workspace/compare-lock.js';
import type { Entry, LockedEntry } from '../../src/workspace/entry.js';
import { formatLock } from '../../src/workspace/lock.js';
import { gitOidOf, lfsPointerOf, sha256Of } from '../support/hub-server/content.js';
import type { Hub } from '../support/hub-server/server.js';
import { entryOf } from '../workspace/locked.js';

/** A repo of a hub as it is now, locked as `hub lock` would. */
export async function lockFrom(hub: Hub, repo: RepoId, change: Partial<Entry> = {}): Promise<LockedEntry> {
  const key = repo.type === 'model' ? repo.name : `${repo.type}s/${repo.name}`;
  const entry = entryOf({ repo, ...change });
  const commit = asCommitHash(hub.head(key, entry.revision)) ?? asCommitHash('0'.repeat(40));
  if (commit === undefined) throw new Error('no commit');
  const held = hub.repo(key).commits.get(commit) ?? new Map<string, never>();
  const files = await Promise.all(
    [...held].map(async ([path, { content, lfs }]) => {
      const sha256 = await sha256Of(content);
      const gitOid = await gitOidOf(lfs ? await lfsPointerOf(content) : content);
      const digest = lfs
        ? ({ algorithm: 'sha256', hex: sha256 } as const)
        : ({ algorithm: 'git-sha1', hex: gitOid } as const);
      return { path, size: content.size, gitOid, sha256, digest };
    }),
  );
  return { ...entry, commit, files };
}

/** A project's folder with a hub.toml that asks for entries, and a hub.lock that pins them. */
export async function projectWith(folder: string, entries: readonly LockedEntry[], text?: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const manifest = entries.map(
    (entry) =>
      `[[repo]]\nsource = "hf:${entryName(entry)}"\n` +
      (entry.localDir === undefined ? '' : `local-dir = "${entry.localDir}"\n`),
  );
  await writeFile(join(folder, 'hub.toml'), text ?? manifest.join('\n'));
  await writeFile(join(folder, 'hub.lock'), formatLock({ entries }));
  return folder;
}
