import type { HubEvent, MirrorProgress } from '../../events.js';
import { countOf, escapeControl, formatBytes } from '../text.js';
import { percentage } from './bar.js';
import { largeFileBytes } from './report.js';

// How a mirror of hundreds of repos is shown: sums, and what is out of the ordinary.

/** How many files that move are named in one line of a log. */
const mostNamed = 3;

export function reposDone({ unchanged, updated, skipped, failed }: MirrorProgress): number {
  return unchanged + updated + skipped + failed;
}

/** `12 updated, 3 failed`: what there is of it. */
export function outcomesOfRepos({ updated, skipped, failed }: MirrorProgress): string[] {
  const counts = { updated, skipped, failed };
  return Object.entries(counts).flatMap(([state, count]) => (count === 0 ? [] : `${count} ${state}`));
}

/** `134 of 800 repos, 12 updated, 3 failed; 1.2 GB fetched, 35 MB/s; now org/a 34%`. */
export function describeMirror(progress: MirrorProgress): string {
  const { repos, bytesFetched, bytesPerSecond, active } = progress;
  const counts = [`${reposDone(progress)} of ${countOf(repos, 'repo')}`, ...outcomesOfRepos(progress)].join(', ');
  const speed = bytesPerSecond === 0 ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  const named = active
    .slice(0, mostNamed)
    .map(({ path, bytesDone, bytesTotal }) => `${escapeControl(path)} ${percentage(bytesDone, bytesTotal)}%`);
  const now = active.length > mostNamed ? [...named, `${active.length - mostNamed} more`] : named;
  return [
    counts,
    `${formatBytes(bytesFetched)} fetched${speed}`,
    ...(now.length === 0 ? [] : [`now ${now.join(', ')}`]),
  ].join('; ');
}

/** The line that an event of a mirror is worth, if it is worth one. */
export function mirrorEventLine(event: HubEvent): string | undefined {
  if (event.type === 'repo-failed') {
    const again = event.again ? '; it is tried again after the others' : '';
    return `failed ${escapeControl(event.repo)}: ${escapeControl(event.message)}${again}`;
  }
  if (event.type !== 'repo-done' || event.state !== 'updated' || event.bytesFetched < largeFileBytes) return undefined;
  const { repo, revision, files, bytes, bytesFetched } = event;
  return (
    `updated ${escapeControl(repo)}@${escapeControl(revision)}: ${countOf(files, 'file')}, ${formatBytes(bytes)}; ` +
    `${formatBytes(bytesFetched)} fetched`
  );
}

/** A warning of a repo names it. */
export function namedWarning(event: Extract<HubEvent, { type: 'warning' }>): { message: string; hint?: string } {
  const { repo, message } = event;
  return repo === undefined || message.includes(repo) ? event : { ...event, message: `${repo}: ${message}` };
}

/**
 * Of what hundreds of repos tell, lets the first of each kind through: a hint that is right for one of them is right for
 * all. `--log` has the rest.
 */
export function firstWarnings(): (event: Extract<HubEvent, { type: 'warning' }>) => boolean {
  const told = new Set<string>();
  return ({ code, repo }) => repo === undefined || told.size < told.add(code).size;
}
