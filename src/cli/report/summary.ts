import type { DownloadedFile, DownloadPlanResult, DownloadResult } from '../../operations/download-result.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';

/** The last lines of a download that did its work: one in the good case. */
export function downloadSummary(result: DownloadResult): string[] {
  return [...transferSummary(result), ...droppedLines(result)];
}

/** A person should take a mirror that lies out of the settings. */
function droppedLines({ droppedEndpoints = [] }: DownloadResult): string[] {
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
  const speed = seconds > 0 && bytesFetched > 0 ? ` (${formatBytes(bytesFetched / seconds)}/s)` : '';
  const alsoHere = here.length === 0 ? '' : `, ${here.length} more were here already`;
  const moved = countOf(files.length - here.length, 'file');
  const lines = [
    `fetched ${formatBytes(bytesFetched)} in ${formatDuration(seconds * 1000)}${speed}: ${moved}${alsoHere}`,
  ];
  if (bytesWasted > 0) {
    const tries = retries > 0 ? `, ${retries === 1 ? '1 new try' : `${retries} new tries`}` : '';
    lines.push(`${formatBytes(bytesWasted)} had to be fetched twice${tries}`);
  }
  return lines;
}

/** What a download that failed leaves: each failed file and why, and what is complete. */
export function failedDownloadLines(result: DownloadResult): string[] {
  const { files } = result;
  const failed = files.filter(({ state }) => state === 'failed');
  const kept = files.filter(({ state }) => state === 'kept');
  const complete = files.filter(({ state }) => state !== 'failed' && state !== 'kept');
  const fetched = files.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0);
  return [
    ...failed.slice(0, mostFailuresShown).map(failureLine),
    ...(failed.length > mostFailuresShown ? [`  and ${failed.length - mostFailuresShown} more`] : []),
    ...kept.slice(0, mostFailuresShown).map(({ path }) => `  ${escapeControl(path)}: yours, kept`),
    ...(kept.length > mostFailuresShown ? [`  and ${kept.length - mostFailuresShown} more of yours`] : []),
    `${complete.length} of ${countOf(files.length, 'file')} complete, ${formatBytes(totalSize(complete))}; ` +
      `${formatBytes(fetched)} fetched in this run`,
    ...droppedLines(result),
  ];
}

const mostFailuresShown = 20;

function failureLine({ path, error }: DownloadedFile): string {
  return `  ${escapeControl(path)}: ${escapeControl(error?.message ?? 'failed')}`;
}

/** `--dry-run` for a person. */
export function planTable(plan: DownloadPlanResult): string {
  const { repo, revision, commit, path, files, totals, disk } = plan;
  const rows = [
    ['STATE', 'SIZE', 'PATH'] as const,
    ...files.map((file) => [file.state, formatBytes(file.size), escapeControl(file.path)] as const),
  ];
  const sizeWidth = Math.max(...rows.map(([, size]) => size.length));
  const table = rows.map(([state, size, name]) => `${state.padEnd(6)}  ${size.padStart(sizeWidth)}  ${name}`);
  return [
    `${escapeControl(repo)}@${escapeControl(revision)} (${commit})`,
    `into ${escapeControl(path)}`,
    '',
    ...table,
    '',
    `${countOf(totals.files, 'file')}, ${formatBytes(totals.bytes)}: ${formatBytes(totals.bytesCached)} cached, ` +
      `${formatBytes(totals.bytesResumed)} here of unfinished files, ${formatBytes(totals.bytesToFetch)} to fetch`,
    `disk: ${formatBytes(disk.needed)} needed, ${formatBytes(disk.free)} free`,
  ].join('\n');
}

function totalSize(files: readonly { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
