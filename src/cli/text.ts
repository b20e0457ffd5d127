import { threeDigits } from '../repo/size-text.js';

export { formatBytes } from '../repo/size-text.js';

/**
 * Makes text from outside safe to print on one line: control characters (C0, DEL, C1, line and paragraph separators)
 * and those that turn the writing direction are shown as `\x1b` or `\u202e`.
 */
export function escapeControl(text: string): string {
  return text.replace(unsafeCharacters, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

// eslint-disable-next-line no-control-regex -- these are what it is about
const unsafeCharacters = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** As `JSON.stringify`, but what a terminal could obey is escaped. The same document to who parses it. */
export function stringifyForTerminal(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`, `3 d 04 h`. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/** `5 min ago`, `3 d ago`: one unit, since nobody needs two here. */
export function formatAgo(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${Math.floor(minutes)} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / 60 / 24);
  return days < 2 * 365 ? `${days} d ago` : `${Math.floor(days / 365)} y ago`;
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0');
}

/** Three digits: `999`, `1.23k`, `45.6M`. */
export function formatCount(count: number): string {
  let value = count;
  for (const unit of ['', 'k', 'M']) {
    if (unit === '' ? value < 1000 : value < 999.5) return unit === '' ? String(value) : `${threeDigits(value)}${unit}`;
    value /= 1000;
  }
  return `${threeDigits(value)}G`;
}

/** `1 file`, `3 files`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
