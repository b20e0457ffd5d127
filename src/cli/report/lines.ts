import type { HubEvent, Progress } from '../../events.js';
import type { HubError } from '../../errors.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';
import { percentage } from './bar.js';
import { describeMirror } from './mirror-lines.js';
import type { Phase, RunState, Wait } from './run-state.js';

// The sentences that the reports share. All text from outside is escaped here.

/** What the run does while no bytes move; undefined once they may. */
export function describePhase(phase: Phase): string | undefined {
  switch (phase.name) {
    case 'starting':
      return 'starting';
    case 'resolving':
      return `looking up ${escapeControl(phase.repo)}@${escapeControl(phase.revision)}`;
    case 'listing':
      return phase.files === 0
        ? `listing the files of ${escapeControl(phase.repo)}`
        : `listing the files of ${escapeControl(phase.repo)}: ${phase.files} so far`;
    case 'checking':
      return describeChecking(phase);
    case 'transfer':
      return undefined;
  }
}

export function describeChecking({ path, bytes }: { path: string; bytes: number }): string {
  return `checking ${formatBytes(bytes)} that are here already of ${escapeControl(path)}`;
}

export function describeWait({ reason, on, until }: Wait, now: number): string {
  const left = until === undefined ? '' : `, ${formatDuration(Math.max(0, until - now))} left`;
  switch (reason) {
    case 'lease':
      return `waiting for another process that fetches ${escapeControl(on)}${left}`;
    case 'rate-limit':
      return `waiting for the rate limit of ${escapeControl(on)}${left}`;
    case 'outage':
      return `waiting for ${escapeControl(on)} to answer again${left}`;
  }
}

export function describeRetry(event: Extract<HubEvent, { type: 'retrying' }>): string {
  const { what, host, why, attempt, attempts, delayMs } = event;
  const when = delayMs < 100 ? 'at once' : `in ${formatDuration(delayMs)}`;
  return `${escapeControl(host)}: ${escapeControl(why)}; trying again ${when}, ${attempt} of ${attempts} (${escapeControl(what)})`;
}

/** `342 MB of 1.23 GB (27%), 35.1 MB/s, 25 s left, 3 of 12 files`. */
function describeProgress(progress: Progress): string {
  const { bytesDone, bytesTotal, bytesPerSecond, filesDone, filesTotal } = progress;
  const speed = bytesPerSecond === 0 ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  const left = secondsLeft(progress);
  const eta = left === undefined ? '' : `, ${formatDuration(left * 1000)} left`;
  return (
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)} (${percentage(bytesDone, bytesTotal)}%)${speed}${eta}, ` +
    `${filesDone} of ${countOf(filesTotal, 'file')}`
  );
}

/** The whole state in one line: what moves, what waits, what went wrong so far. */
export function describeRun(state: RunState, now: number): string {
  const { phase, progress, mirror, waits, retries, failed } = state;
  const parts =
    mirror === undefined
      ? [describePhase(phase) ?? (progress === undefined ? 'starting the transfer' : describeProgress(progress))]
      : [describeMirror(mirror)];
  if (retries > 0) parts.push(retries === 1 ? '1 new try' : `${retries} new tries`);
  if (failed > 0 && mirror === undefined) parts.push(`${failed} failed`);
  parts.push(...Array.from(waits.values(), (wait) => describeWait(wait, now)));
  return parts.join('; ');
}

/** Whether a file failed for a reason that was not told yet: all files of a gated repo fail for one. The end names all. */
export function newReasons(): (event: Extract<HubEvent, { type: 'file-failed' }>) => boolean {
  const told = new Set<string>();
  return ({ message }) => told.size < told.add(message).size;
}

export function describePlan(event: Extract<HubEvent, { type: 'planned' }>): string {
  const { repo, files, bytes, bytesToFetch } = event;
  return `${escapeControl(repo)}: ${countOf(files, 'file')}, ${formatBytes(bytes)}; ${formatBytes(bytesToFetch)} to fetch`;
}

/** `error: …` and `hint: …`, as lines. */
export function describeError(error: HubError): string[] {
  const lines = [`error: ${escapeLines(error.message)}`];
  if (error.hint !== undefined) lines.push(`hint: ${escapeLines(error.hint)}`);
  return lines;
}

export function describeWarning({ message, hint }: { message: string; hint?: string }): string[] {
  const lines = [`warning: ${escapeLines(message)}`];
  if (hint !== undefined) lines.push(`hint: ${escapeLines(hint)}`);
  return lines;
}

/** A message may have several lines. They are indented, so that none of them can pass for a line of ours. */
function escapeLines(text: string): string {
  const [first = '', ...others] = text.split('\n').map(escapeControl);
  return [first, ...others.map((line) => (line.startsWith('  ') ? line : `  ${line}`))].join('\n');
}

export function secondsLeft({ bytesDone, bytesTotal, bytesPerSecond }: Progress): number | undefined {
  return bytesPerSecond > 0 && bytesDone < bytesTotal ? (bytesTotal - bytesDone) / bytesPerSecond : undefined;
}
