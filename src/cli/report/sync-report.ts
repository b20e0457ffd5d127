import type { SyncResult, SyncedRepo } from '../../operations/sync/result.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';
import { droppedLines } from './summary.js';

/** The last lines of a sync that did its work: one in the good case. */
export function syncSummary(result: SyncResult): string[] {
  const { repos, totals } = result;
  const { files, bytes, bytesWasted } = totals;
  const size = `${countOf(repos.length, 'repo')}, ${countOf(files, 'file')}, ${formatBytes(bytes)}`;
  return [
    ...(result.lockChanged ? ['hub.lock was written: commit it'] : []),
    broughtLine(result, size),
    ...(bytesWasted > 0 ? [`${formatBytes(bytesWasted)} had to be fetched twice`] : []),
    ...repos.flatMap(prunedLine),
    ...droppedLines(result),
  ];
}

/**
 * What a sync that failed leaves: which repos are not whole and why, and how much is there.
 *
 * @param told  the message above these lines; a reason that it gives is not repeated
 */
export function failedSyncLines(result: SyncResult, told: string): string[] {
  const { repos, totals } = result;
  const failed = repos.filter(({ complete }) => !complete);
  const lines = failed.map((repo) => {
    const reason = repo.error?.message ?? 'not whole';
    const isTold = failed.length === 1 && told.endsWith(reason);
    return isTold
      ? `- ${nameOf(repo)}${missingOf(repo)}`
      : `- ${nameOf(repo)}: ${escapeControl(reason)}${missingOf(repo)}`;
  });
  return [
    ...lines.slice(0, mostReposShown),
    ...(lines.length > mostReposShown ? [`- and ${lines.length - mostReposShown} more`] : []),
    `${repos.length - failed.length} of ${countOf(repos.length, 'repo')} complete; ` +
      `${formatBytes(totals.bytesFetched)} fetched in this run`,
    ...repos.flatMap(prunedLine),
    ...droppedLines(result),
  ];
}

/** The result as a page of a CI job shows it: GitHub's Markdown. */
export function syncMarkdown(result: SyncResult): string {
  const { repos, totals } = result;
  const whole = repos.length - totals.failed;
  const rows = repos.map((repo) => [
    cell(nameOf(repo)),
    repo.commit === null ? '' : `\`${repo.commit.slice(0, 10)}\``,
    String(repo.totals.files),
    formatBytes(repo.totals.bytes),
    formatBytes(repo.totals.bytesFetched),
    repo.complete ? 'whole' : cell(repo.error?.message ?? 'not whole'),
  ]);
  const table = [
    ['repo', 'commit', 'files', 'size', 'fetched', 'state'],
    ['---', '---', '--:', '--:', '--:', '---'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const time = formatDuration(totals.seconds * 1000);
  return [
    `### hub sync: ${totals.failed === 0 ? `${countOf(whole, 'repo')} whole` : `${whole} of ${countOf(repos.length, 'repo')} whole`}`,
    '',
    ...(repos.length === 0 ? [] : [...table, '']),
    `${formatBytes(totals.bytes)} in ${countOf(totals.files, 'file')}, ${formatBytes(totals.bytesFetched)} fetched in ${time}.`,
    '',
    '',
  ].join('\n');
}

const mostReposShown = 50;
const mostFilesShown = 5;

function broughtLine({ repos, totals: { bytesFetched, seconds } }: SyncResult, size: string): string {
  const isNew = repos.some((repo) => repo.files.some(({ state }) => state !== 'cached'));
  if (bytesFetched === 0) return isNew ? `${size}: nothing had to be fetched` : `${size}: everything was here already`;
  const speed = seconds > 0 ? ` (${formatBytes(bytesFetched / seconds)}/s)` : '';
  return `fetched ${formatBytes(bytesFetched)} in ${formatDuration(seconds * 1000)}${speed}: ${size}`;
}

function nameOf({ repo, type, revision }: SyncedRepo): string {
  const name = escapeControl(repoPath({ type, name: repo }));
  return revision === 'main' ? name : `${name}@${escapeControl(revision)}`;
}

/** Which files are missing, where some are there. */
function missingOf({ files }: SyncedRepo): string {
  const missing = files
    .filter(({ state }) => state === 'failed' || state === 'kept')
    .map(({ path }) => escapeControl(path));
  if (missing.length === 0) return '';
  const more = missing.length > mostFilesShown ? ` and ${missing.length - mostFilesShown} more` : '';
  return ` (${missing.slice(0, mostFilesShown).join(', ')}${more})`;
}

function prunedLine({ path, pruned = [] }: SyncedRepo): string[] {
  return pruned.length === 0 ? [] : [`took ${countOf(pruned.length, 'file')} out of ${escapeControl(path)}`];
}

/** Text in a table: nothing in it may end the cell, or be taken for markup. */
function cell(text: string): string {
  return escapeControl(text).replaceAll(/[\\`*_{}[\]<>()#!|~]/g, (character) => `\\${character}`);
}
