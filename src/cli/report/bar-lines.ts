import type { ActiveFile, Progress } from '../../events.js';
import { displayWidth, padColumns, truncateEnd, truncateMiddle } from '../columns.js';
import { escapeControl, formatBytes, formatDuration } from '../text.js';
import { barOf, percentage } from './bar.js';
import { mirrorLine } from './mirror-bar.js';
import { describePhase, describeRetry, describeWait, secondsLeft } from './lines.js';
import type { RunState } from './run-state.js';

/** How long a failed try stays on the screen after the next one began. */
const retryShownMs = 3_000;
const shortestBar = 8;
/** Of a file. */
const longestBar = 40;
/** Of a mirror so many lines for files: what counts there is the whole. */
const mostOfMirror = 10;
/** A longer name may be shortened for a bar. */
const wholeName = 36;

/**
 * What the screen shows: the whole run on the first line, then what holds it up, then a line for each file that moves.
 * At most `rows - 2` lines of less than `columns` columns, so that nothing wraps or scrolls.
 */
export function barLines(
  state: RunState,
  { columns, rows, now }: { columns: number; rows: number; now: number },
): string[] {
  const width = Math.max(1, columns - 1);
  const most = Math.max(1, rows - 2);
  const { mirror } = state;
  const overall = mirror === undefined ? overallLine(state, width, now) : [mirrorLine(mirror, width)];
  const head = [...overall, ...holdUps(state, width, now)];
  const active = mirror?.active ?? state.progress?.active ?? [];
  const room = Math.min(mirror === undefined ? Infinity : mostOfMirror, Math.max(0, most - head.length));
  const shown = active.length <= room ? active : active.slice(0, Math.max(0, room - 1));
  const longestName = Math.max(0, ...shown.map(({ path }) => displayWidth(escapeControl(path))));
  const files = shown.map((file) => fileLine(file, { width, longestName }));
  if (shown.length < active.length) files.push(truncateEnd(`  and ${active.length - shown.length} more`, width));
  return [...head, ...files].slice(0, most);
}

function overallLine({ phase, since, progress }: RunState, width: number, now: number): string[] {
  const text = describePhase(phase);
  if (text !== undefined) {
    const waited = now - since;
    return [truncateMiddle(`${text}${waited < 2_000 ? '' : `, ${formatDuration(waited)}`}`, width)];
  }
  return [progress === undefined ? truncateEnd('starting the transfer', width) : progressLine(progress, width)];
}

function holdUps({ waits, lastRetry }: RunState, width: number, now: number): string[] {
  const lines = Array.from(waits.values(), (wait) => truncateMiddle(describeWait(wait, now), width));
  if (lastRetry !== undefined && now < lastRetry.at + retryShownMs) {
    lines.push(truncateEnd(describeRetry(lastRetry.event), width));
  }
  return lines;
}

/** As much of bytes, speed, time left and files done as fits, and a bar in what is left over. */
function progressLine(progress: Progress, width: number): string {
  const { bytesDone, bytesTotal, bytesPerSecond, filesDone, filesTotal } = progress;
  const left = secondsLeft(progress);
  const eta = left === undefined ? [] : [formatDuration(left * 1000)];
  const percent = `${percentage(bytesDone, bytesTotal).toString().padStart(3)}%`;
  const speed = `${formatBytes(bytesPerSecond)}/s`;
  const bytes = `${formatBytes(bytesDone)}/${formatBytes(bytesTotal)}`;
  const files = `${filesDone}/${filesTotal}`;
  const full = [percent, bytes, speed, ...eta.map((time) => `${time} left`), `${files} files`].join('  ');
  const compact = [percent, bytes, speed, ...eta].join(' ');
  const withBar = [full, `${compact} ${files}`, compact].find((text) => displayWidth(text) + 2 + shortestBar <= width);
  if (withBar !== undefined) {
    return `${barOf(bytesDone, bytesTotal, width - displayWidth(withBar) - 2)}  ${withBar}`;
  }
  const shorter = [compact, [percent, speed, ...eta].join(' '), `${percent} ${speed}`];
  return shorter.find((text) => displayWidth(text) <= width) ?? truncateEnd(percent.trim(), width);
}

function fileLine(
  { path, bytesDone, bytesTotal, phase }: ActiveFile,
  { width, longestName }: { width: number; longestName: number },
): string {
  const percent = `${percentage(bytesDone, bytesTotal).toString().padStart(3)}%`;
  const what = { fetching: formatBytes(bytesTotal).padStart(7), checking: 'checking', publishing: 'storing' }[phase];
  const tail = width >= 40 ? `${percent}  ${padColumns(what, 8)}` : percent;
  const room = Math.max(0, width - displayWidth(tail) - 4);
  const bar = Math.min(longestBar, Math.max(shortestBar, Math.floor(room / 3)));
  const hasBar = room - bar - 2 >= Math.min(longestName, wholeName);
  const nameWidth = Math.min(longestName, hasBar ? room - bar - 2 : room);
  const name = padColumns(truncateMiddle(escapeControl(path), nameWidth), nameWidth);
  return truncateEnd(`  ${name}  ${hasBar ? `${barOf(bytesDone, bytesTotal, bar)}  ` : ''}${tail}`, width);
}
