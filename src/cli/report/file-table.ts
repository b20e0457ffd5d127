import type { FileListing } from '../../operations/list-files.js';
import { repoPath } from '../../repo/reference.js';
import { displayWidth, truncateEnd, truncateMiddle } from '../columns.js';
import { countOf, escapeControl, formatBytes } from '../text.js';

/**
 * What a repo has on the hub, as a person reads it: a line for each file, and the total.
 *
 * @param columns  of the terminal; undefined where nobody looks at one: then nothing is shortened
 */
export function fileTable(listing: FileListing, columns: number | undefined): string {
  const { repo, type, revision, commit, files, totals } = listing;
  const rows = files.map(({ path, size, digest }) => ({ path: escapeControl(path), size: formatBytes(size), digest }));
  const widest = (texts: readonly string[]) => Math.max(...texts.map(displayWidth));
  const sizeWidth = widest(['SIZE', ...rows.map(({ size }) => size)]);
  const pathWidth = widest(['PATH', ...rows.map(({ path }) => path)]);
  const wholeDigests = widest(['DIGEST', ...rows.map(({ digest }) => digest)]);
  const room = columns === undefined ? Infinity : columns - sizeWidth - 2 * gap.length;
  // Whole digests only where they cost no path a letter.
  const isWide = wholeDigests + pathWidth <= room;
  const shown = rows.map((row) => ({ ...row, digest: isWide ? row.digest : shortDigest(row.digest) }));
  const shortDigests = widest(['DIGEST', ...shown.map(({ digest }) => digest)]);
  // On a narrow terminal the paths are worth more than any digest.
  const digestWidth = columns !== undefined && columns < 80 && shortDigests + pathWidth > room ? 0 : shortDigests;
  const line = (size: string, digest: string, path: string) =>
    [
      size.padStart(sizeWidth),
      ...(digestWidth === 0 ? [] : [digest.padEnd(digestWidth)]),
      truncateMiddle(path, Math.max(leastPathWidth, room - digestWidth + (digestWidth === 0 ? gap.length : 0))),
    ].join(gap);

  const shownOf = totals.files === totals.filesInRepo ? '' : `${totals.files} of `;
  const total = `${shownOf}${countOf(totals.filesInRepo, 'file')}, ${formatBytes(totals.bytes)}`;
  const where = `${escapeControl(repoPath({ type, name: repo }))}@${escapeControl(revision)} (${commit.slice(0, 10)})`;
  return [
    line('SIZE', 'DIGEST', 'PATH'),
    ...shown.map(({ size, digest, path }) => line(size, digest, path)),
    '',
    truncateEnd(`${total}, in ${where}`, columns ?? Infinity),
  ].join('\n');
}

const gap = '  ';
const leastPathWidth = 12;

/** `sha256:<10 digits>`: as much as messages show. */
function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 11);
}
