import type { RepoOnHub } from '../../operations/search-repos.js';
import { repoPath } from '../../repo/reference.js';
import { displayWidth, padColumns, truncateMiddle } from '../columns.js';
import { escapeControl, formatAgo, formatCount } from '../text.js';

/** What a search has found, a line for each repo, by the name that the other commands take. */
export function repoTable(
  repos: readonly RepoOnHub[],
  { columns, nowMs }: { columns: number | undefined; nowMs: number },
): string {
  const rows = repos.map(({ repo, type, downloads, likes, lastModified }) => ({
    name: escapeControl(repoPath({ type, name: repo })),
    downloads: downloads === null ? '' : formatCount(downloads),
    likes: likes === null ? '' : formatCount(likes),
    updated: formatUpdated(lastModified, nowMs),
  }));
  const all = [{ name: 'REPO', downloads: 'DOWNLOADS', likes: 'LIKES', updated: 'UPDATED' }, ...rows];
  const widest = (texts: readonly string[]) => Math.max(...texts.map(displayWidth));
  const downloadsWidth = widest(all.map(({ downloads }) => downloads));
  const likesWidth = widest(all.map(({ likes }) => likes));
  const rest = downloadsWidth + likesWidth + widest(all.map(({ updated }) => updated)) + 3 * gap.length;
  const room = columns === undefined ? Infinity : Math.max(leastNameWidth, columns - rest);
  const nameWidth = Math.min(room, widest(all.map(({ name }) => name)));
  return all
    .map(({ name, downloads, likes, updated }) =>
      [
        padColumns(truncateMiddle(name, nameWidth), nameWidth),
        downloads.padStart(downloadsWidth),
        likes.padStart(likesWidth),
        updated,
      ]
        .join(gap)
        .trimEnd(),
    )
    .join('\n');
}

const gap = '  ';
const leastNameWidth = 12;

function formatUpdated(time: string | null, nowMs: number): string {
  const ms = time === null ? NaN : Date.parse(time);
  return Number.isNaN(ms) ? '' : formatAgo(Math.max(0, nowMs - ms));
}
