import type { LocalVerifyResult, VerifiedFile, VerifyResult } from '../../operations/verify/result.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';

/** Of what is told and no fault: one line each up to here. */
const mostWarningsShown = 20;
/** Columns of a file's state and of the gap behind it. */
export const stateWidth = 12;

/** A line for each file that is bad, some for what is told, and the totals; the totals alone when all is well. */
export function verifyReport(result: VerifyResult | LocalVerifyResult): string {
  const lines = [
    ...result.files.map((file) => ({ file, name: '' })),
    ...('repos' in result ? result.repos : []).flatMap(({ repo: name, type, files }) =>
      files.map((file) => ({ file, name: escapeControl(repoPath({ type, name })) })),
    ),
  ];
  const bad = lines.filter(({ file }) => file.bad);
  const told = lines.filter(({ file }) => !file.bad);
  const absent = told.filter(({ file }) => file.state === 'not-here');
  const shown = told.filter(({ file }) => file.state !== 'not-here');
  const more = shown.length - mostWarningsShown;
  return [
    ...bad.map(({ file, name }) => fileLine(file, name)),
    ...shown.slice(0, mostWarningsShown).map(({ file, name }) => fileLine(file, name)),
    ...(more > 0 ? [`and ${more} more that are no fault: --json has all`] : []),
    ...(absent.length === 0
      ? []
      : [`${countOf(absent.length, 'listed file')} not here: what huggingface_hub's filters left out, or never came`]),
    totalLine(result),
  ].join('\n');
}

function fileLine(file: VerifiedFile, repo: string): string {
  const { state, path, location, reason, repaired, error } = file;
  const name =
    path === null ? escapeControl(location) : [repo, escapeControl(path)].filter((part) => part !== '').join('/');
  const outcome =
    repaired === true ? ': repaired' : error === undefined ? '' : `; not repaired: ${escapeControl(error.message)}`;
  return `${state.padEnd(stateWidth - 2)}  ${name}: ${escapeControl(reason)}${outcome}`;
}

function totalLine({ complete, ok, totals }: VerifyResult | LocalVerifyResult): string {
  const { files, bytes, bytesRead, filesSkipped, bad, repaired, bytesToFetch, bytesFetched, seconds } = totals;
  const head = complete ? (ok && bad === 0 ? 'all well' : `${bad} bad`) : `ended early: ${bad} bad so far`;
  const speed = seconds > 0 && bytesRead > 0 ? ` (${formatBytes(bytesRead / seconds)}/s)` : '';
  return [
    `${head}: ${'repos' in totals ? `${countOf(totals.repos, 'repo')}, ` : ''}${countOf(files, 'file')}, ${formatBytes(bytes)}`,
    ...(filesSkipped === 0 ? [] : [`${filesSkipped} untouched since they were verified`]),
    `${formatBytes(bytesRead)} read in ${formatDuration(seconds * 1000)}${speed}`,
    ...(repaired === 0 ? [] : [`${repaired} repaired, ${formatBytes(bytesFetched)} fetched`]),
    ...(ok || bytesToFetch === 0 ? [] : [`${formatBytes(bytesToFetch)} to fetch again`]),
  ].join(', ');
}
