import type { WrittenEntry } from './manifest-schema.js';

/** The keys of a `[[repo]]` in the order in which they are written. */
const keys = [
  'source',
  'revision',
  'paths',
  'include',
  'exclude',
  'framework',
  'variant',
  'quant',
  'subset',
  'split',
  'parquet',
  'local-dir',
] as const satisfies readonly (keyof WrittenEntry)[];

/**
 * Adds a `[[repo]]` at the end of a hub.toml's text, which stays as it is before that. Its lines end as the text's do.
 *
 * @param entry  of which lists that are empty are left out
 */
export function appendEntry(text: string, entry: Omit<WrittenEntry, 'type'>): string {
  const newline = /\r?\n/.exec(text)?.[0] ?? '\n';
  const lines = keys.flatMap((key) => {
    const value = entry[key];
    return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : `${key} = ${tomlOf(value)}`;
  });
  return text + gapAfter(text, newline) + ['[[repo]]', ...lines, ''].join(newline);
}

/** What makes an empty line between a text and what follows it. */
function gapAfter(text: string, newline: string): string {
  if (/^\uFEFF?$/.test(text) || /\n[ \t]*\r?\n$/.test(text)) return '';
  return text.endsWith('\n') ? newline : newline + newline;
}

function tomlOf(value: string | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? quoted(value) : `[${value.map(quoted).join(', ')}]`;
}

/** JSON's strings are TOML's, but for one character that TOML wants escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', String.raw`\u007f`);
}
