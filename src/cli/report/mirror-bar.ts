import type { MirrorProgress } from '../../events.js';
import { displayWidth, truncateEnd } from '../columns.js';
import { formatBytes } from '../text.js';
import { barOf } from './bar.js';
import { outcomesOfRepos, reposDone } from './mirror-lines.js';

/** The whole mirror in one line, with a bar where there is room. */
export function mirrorLine(progress: MirrorProgress, width: number): string {
  const { repos, bytesFetched, bytesPerSecond } = progress;
  const done = reposDone(progress);
  const full = [
    `${done}/${repos} repos`,
    ...outcomesOfRepos(progress),
    formatBytes(bytesFetched),
    `${formatBytes(bytesPerSecond)}/s`,
  ].join('  ');
  const bar = Math.min(30, width - displayWidth(full) - 2);
  return bar >= 8 ? `${barOf(done, repos, bar)}  ${full}` : truncateEnd(full, width);
}
