import type { MirrorReason, MirrorResult, MirroredRepo } from '../../operations/mirror/result.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';

/** Columns of a repo's state and of the gap behind it. */
export const reportIndent = 11;

/** A line for each repo that is not as it was, and the totals: the totals alone where nothing has changed. */
export function mirrorReport({ repos, totals }: MirrorResult): string {
  const order: readonly MirroredRepo['state'][] = ['updated', 'skipped', 'failed'];
  const lines = order.flatMap((state) => repos.filter((repo) => repo.state === state).map(repoLine));
  return [...lines, totalLine(totals, repos)].join('\n');
}

function repoLine(mirrored: MirroredRepo): string {
  const { repo, type, revision, state } = mirrored;
  const name = `${escapeControl(repoPath({ type, name: repo }))}${revision === 'main' ? '' : `@${escapeControl(revision)}`}`;
  return `${state.padEnd(reportIndent - 2)}  ${name}: ${outcomeOf(mirrored)}`;
}

function outcomeOf({ state, commit, reason, files, bytes, bytesFetched, bytesToFetch, error }: MirroredRepo): string {
  if (state === 'updated') {
    const size = `${(commit ?? '').slice(0, 10)}, ${countOf(files, 'file')}, ${formatBytes(bytes)}`;
    if (bytesToFetch !== undefined) return `${size}, ${formatBytes(bytesToFetch)} to fetch`;
    return reason === undefined ? `${size}, ${formatBytes(bytesFetched)} fetched` : `${size}, ${reasons[reason]}`;
  }
  const size = files === 0 || state === 'failed' ? '' : `, ${formatBytes(bytes)}`;
  const why = reason === undefined ? '' : reasons[reason];
  if (error === undefined) return `${why}${size}`;
  return [why, escapeControl(error.message)].filter((part) => part !== '').join(': ');
}

const reasons: Readonly<Record<MirrorReason, string>> = {
  'max-repo-size': 'more than --max-repo-size',
  'max-total': 'more than --max-total leaves',
  reserve: 'more than --reserve leaves on the disk',
  interrupted: 'not reached before the end of the run',
  'not-reached': 'not reached',
  gone: 'gone upstream, the copy is kept',
  gated: 'no access any more, the copy is kept',
  'earlier-run': 'brought by a run that was killed',
};

function totalLine(
  { repos: count, unchanged, updated, skipped, failed, bytes, bytesFetched, seconds }: MirrorResult['totals'],
  repos: readonly MirroredRepo[],
): string {
  const toFetch = repos.reduce((sum, { bytesToFetch = 0 }) => sum + bytesToFetch, 0);
  const moved = repos.some(({ bytesToFetch }) => bytesToFetch !== undefined)
    ? `${formatBytes(toFetch)} to fetch`
    : `${formatBytes(bytesFetched)} fetched in ${formatDuration(seconds * 1000)}`;
  return (
    `${countOf(count, 'repo')}, ${formatBytes(bytes)}: ${unchanged} unchanged, ${updated} updated, ${skipped} skipped, ` +
    `${failed} failed; ${moved}`
  );
}
