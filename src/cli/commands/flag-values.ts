import { UsageError } from '../../errors.js';
import { parseDuration, parseSize } from '../../settings/units.js';

/** A time in ms. @throws UsageError */
export function durationFlag(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(`${flag}: "${text}" is no time`, { hint: 'A time is 90s, 30m, 12h, 30d or 2w.' });
  return ms;
}

/** A size in bytes, or a share (0 to 1) of a disk. @throws UsageError */
export function sizeOrShareFlag(flag: string, text: string): { bytes: number } | { ofDisk: number } {
  const percents = /^(\d+(?:\.\d+)?) ?%$/.exec(text.trim())?.[1];
  if (percents !== undefined && Number(percents) <= 100) return { ofDisk: Number(percents) / 100 };
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new UsageError(`${flag}: "${text}" is no size`, {
      hint: 'A size is 500MB, 200GB, 64GiB or 80% of the disk.',
    });
  }
  return { bytes };
}
