import { DiskError, onDisk } from '../cache/disk-errors.js';
import { CacheFiles } from '../cache/files.js';
import { readRef } from '../cache/refs.js';
import { isEntryLinked, isEntryRight } from '../cache/snapshots.js';
import { type ListedFile, asCommitHash } from '../repo/listing.js';
import type { Brought } from './bring-missing.js';
import type { OperationContext } from './context.js';
import type { HubConnection } from './hub-connection.js';
import { noteWanted } from './note-wanted.js';
import { type Wanted, requireSpace } from './prepare.js';

/**
 * plan -> transfer -> blob -> snapshot -> ref. The snapshot and, last of all, the ref appear only when every wanted blob
 * is there: readers and Python's prune never see a half-made revision.
 *
 * @throws HubError  what prevented the whole; failures of single files are outcomes
 */
export async function bring(wanted: Wanted, connection: HubConnection, context: OperationContext): Promise<Brought> {
  if (wanted.localWork !== undefined) {
    const { bringLocal } = await import('./bring-local.js');
    return bringLocal(wanted, wanted.localWork, { connection, context });
  }
  const files = new CacheFiles(wanted.layout.cacheDir);
  const nothing = { plan: wanted.plan, outcomes: new Map<string, never>(), sources: {} };
  const isWhole = isInPlace(wanted, context);
  if (isWhole && (await isRefRight(wanted))) {
    await tolerateUnwritable(() => noteWanted(wanted, files, 'completed'));
    return nothing;
  }
  await requireSpace(wanted.plan, wanted.layout.cacheDir);
  // To load the code takes open files too, of which the system may give no more.
  const bringAll = () =>
    onDisk(wanted.layout.root, async () => {
      const { bringMissing } = await import('./bring-missing.js');
      return bringMissing(wanted, files, { connection, context });
    });
  // Only the ref is missing.
  return isWhole ? ((await tolerateUnwritable(bringAll)) ?? nothing) : bringAll();
}

/** Everything is where readers look for it. */
function isInPlace({ layout, commit, selected, plan }: Wanted, { settings }: OperationContext): boolean {
  if (plan.files.some(({ state }) => state !== 'cached')) return false;
  const { symlinks } = settings;
  // What is a link is not a regular file, and so the plan's reason to call it cached was its blob: no need to look again.
  const isThere = (file: ListedFile) =>
    (symlinks && isEntryLinked(layout, commit, file)) || isEntryRight(layout, file, { commit, symlinks });
  return selected.every(isThere);
}

async function isRefRight({ layout, commit, revision, ref }: Wanted): Promise<boolean> {
  if (asCommitHash(revision) !== undefined) return true;
  const found = await readRef(layout, revision);
  return found === commit || (found !== undefined && ref === 'make');
}

/** A cache that is whole but can't be written, being read-only or on a full disk, answers all the same. */
async function tolerateUnwritable<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await onDisk('', action);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return undefined;
  }
}
