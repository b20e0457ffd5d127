import type { DownloadedFile, DownloadResult } from '../../operations/download-result.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';

/** The last lines of a download that did its work: one in the good case. */
export function downloadSummary(result: DownloadResult): string[] {
  // Last, and alone on its line, so that it can be cut out; it is of printable characters.
  const load = result.load === undefined ? [] : ['in Python, just these files:', result.load];
  return [...transferSummary(result), ...skippedLines(result), ...droppedLines(result), ...load];
}

/** What of the weights was not asked for. */
export function skippedLines({ skipped }: { skipped?: DownloadResult['skipped'] }): string[] {
  if (skipped === undefined) return [];
  return [
    `left out ${formatBytes(skipped.bytes)} of weights that were not asked for: ${countOf(skipped.files, 'file')}`,
  ];
}

/** A person should take a mirror that lies out of the settings. */
export function droppedLines({ droppedEndpoints = [] }: Pick<DownloadResult, 'droppedEndpoints'>): string[] {
  return droppedEndpoints.map(
    ({ endpoint, why }) => `${escapeControl(endpoint)} was not asked any more: it ${escapeControl(why)}`,
  );
}

function transferSummary({ totals, files }: DownloadResult): string[] {
  const { bytes, bytesFetched, bytesWasted, retries, seconds } = totals;
  const here = files.filter(({ state }) => state === 'cached' || state === 'kept');
  if (bytesFetched === 0 && here.length === files.length) {
    return [`${countOf(files.length, 'file')}, ${formatBytes(bytes)}: everything was here already`];
  }
  const linked = totalSize(files.filter(({ state }) => state === 'linked'));
  const speed = seconds > 0 && bytesFetched > 0 ? ` (${formatBytes(bytesFetched / seconds)}/s)` : '';
  const alsoHere = here.length === 0 ? '' : `, ${here.length} more were here already`;
  const moved = countOf(files.length - here.length, 'file');
  const byLink = linked === 0 ? '' : `, linked ${formatBytes(linked)} of what this disk has already`;
  const lines = [
    `fetched ${formatBytes(bytesFetched)} in ${formatDuration(seconds * 1000)}${speed}${byLink}: ${moved}${alsoHere}`,
  ];
  if (bytesWasted > 0) {
    const tries = retries > 0 ? `, ${retries === 1 ? '1 new try' : `${retries} new tries`}` : '';
    lines.push(`${formatBytes(bytesWasted)} had to be fetched twice${tries}`);
  }
  return lines;
}

/**
 * What a download that failed leaves: what is missing and why, and what is complete.
 *
 * @param told  the message above these lines; a reason that it gives is not repeated
 */
export function failedDownloadLines(result: DownloadResult, told: string): string[] {
  const { files } = result;
  const reasons = filesByReason(files);
  const isTold = (reason: string) => reason === told || (reasons.size === 1 && told.endsWith(reason));
  const withReason = [...reasons].filter(([reason]) => !isTold(reason));
  const others = [...reasons].flatMap(([reason, paths]) => (isTold(reason) ? paths : []));
  const shown = withReason.slice(0, mostReasonsShown);
  const notShown = withReason.slice(mostReasonsShown).flatMap(([, paths]) => paths);
  const kept = files.filter(({ state }) => state === 'kept').map(({ path }) => path);
  const complete = files.filter(({ state }) => state !== 'failed' && state !== 'kept');
  const fetched = files.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
  return [
    ...shown.map(([reason, paths]) => `- ${someOf(paths)}: ${escapeControl(reason)}`),
    ...(notShown.length > 0 ? [`- and ${notShown.length} more`] : []),
    ...(others.length > 0 ? [`not complete: ${someOf(others)}`] : []),
    ...(kept.length > 0 ? [`yours, and kept: ${someOf(kept)}`] : []),
    `${complete.length} of ${countOf(files.length, 'file')} complete, ${formatBytes(totalSize(complete))}; ` +
      `${formatBytes(fetched)} fetched in this run`,
    ...droppedLines(result),
  ];
}

const mostReasonsShown = 20;
const mostNamesShown = 5;

/** The paths of files that failed, by what is told of them. */
function filesByReason(files: readonly DownloadedFile[]): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { path, state, error } of files) {
    if (state !== 'failed') continue;
    const reason = error?.message ?? 'failed';
    const paths = reasons.get(reason) ?? [];
    reasons.set(reason, paths);
    paths.push(path);
  }
  return reasons;
}

function someOf(paths: readonly string[]): string {
  const named = paths.slice(0, mostNamesShown).map(escapeControl).join(', ');
  return paths.length > mostNamesShown ? `${named} and ${paths.length - mostNamesShown} more` : named;
}

function totalSize(files: readonly { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
