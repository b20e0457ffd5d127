import type { LockCheck } from '../../operations/lock/check-lock.js';
import type { LockResult, LockedRepo } from '../../operations/lock/lock-result.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatBytes } from '../text.js';

/**
 * What a lock changed, a line for each entry that is not as it was, and how much is locked now.
 *
 * @param told  the message above these lines; a reason that it gives is not repeated
 */
export function lockLines(result: LockResult, told = ''): string[] {
  const { repos, totals } = result;
  const changed = repos.filter(({ state }) => state !== 'kept');
  const size = `${countOf(totals.repos, 'repo')}, ${countOf(totals.files, 'file')}, ${formatBytes(totals.bytes)}`;
  if (changed.length === 0) return [`${size}: everything was locked already`];
  const fetched =
    totals.bytesFetched === 0 ? '' : `; fetched ${formatBytes(totals.bytesFetched)} to know their digests`;
  return [...table(changed, told), `locked: ${size}${fetched}`];
}

/** The same of a dry run. */
export function plannedLockLines(result: LockResult): string[] {
  const { repos, totals } = result;
  const changed = repos.filter(({ state }) => state !== 'kept');
  if (changed.length === 0) return [result.changed ? `would write ${result.path}` : 'nothing would change'];
  const toRead = `would read ${countOf(totals.filesToRead, 'file')} (${formatBytes(totals.bytesToRead)}) for their digests`;
  return [...table(changed), ...(totals.filesToRead === 0 ? [] : [toRead])];
}

/** A line for each difference, with what to do. */
export function checkLines({ path, upToDate, differences, totals }: LockCheck): string[] {
  const shown = escapeControl(path);
  if (upToDate) {
    const size = `${countOf(totals.repos, 'repo')}, ${countOf(totals.files, 'file')}, ${formatBytes(totals.bytes)}`;
    return [`${shown} fits hub.toml: ${size}`];
  }
  if (differences.length === 0) return [`${shown} is not there: "hub lock" makes it`];
  return differences.map(({ state, message }) => `${escapeControl(message)}: ${cures[state]}`);
}

const cures: Readonly<Record<LockCheck['differences'][number]['state'], string>> = {
  missing: '"hub lock" locks it',
  changed: '"hub lock" selects its files anew, of the same commit',
  extra: '"hub lock" takes it out',
};

function table(repos: readonly LockedRepo[], told = ''): string[] {
  const rows = repos.map((repo) => [nameOf(repo), escapeControl(repo.revision), commitsOf(repo), filesOf(repo, told)]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function nameOf({ repo, type, localDir }: LockedRepo): string {
  const name = escapeControl(repoPath({ type, name: repo }));
  return localDir === null ? name : `${name} in ${escapeControl(localDir)}`;
}

function commitsOf({ state, commit, previousCommit }: LockedRepo): string {
  if (state === 'failed') return 'failed';
  const [now, before] = [commit?.slice(0, 7), previousCommit?.slice(0, 7)];
  if (now === undefined) return `${before ?? ''} → gone`;
  return before === undefined || before === now ? now : `${before} → ${now}`;
}

function filesOf({ state, files, bytes, added, modified, removed, error }: LockedRepo, told: string): string {
  switch (state) {
    case 'failed':
      return error === undefined || told.endsWith(error.message) ? '' : escapeControl(error.message);
    case 'added':
      return `${countOf(files, 'file')}, ${formatBytes(bytes)}`;
    case 'removed':
    case 'kept':
      return '';
    case 'changed': {
      const parts = [
        ...(added.files > 0 ? [`+${countOf(added.files, 'file')}`] : []),
        ...(removed.files > 0 ? [`-${countOf(removed.files, 'file')}`] : []),
        ...(modified.files > 0 ? [`${modified.files} changed`] : []),
      ];
      const news = added.bytes + modified.bytes;
      if (parts.length === 0) return 'the same files';
      return [...parts, ...(news > 0 ? [`+${formatBytes(news)}`] : [])].join(', ');
    }
  }
}
