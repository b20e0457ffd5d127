import { UsageError } from '../errors.js';

/** A part of a ref becomes a file name, and no usual file system holds a longer one. */
const maxPartBytes = 255;

/**
 * Checks that `text` can be a branch, a tag, a commit or a full ref, by the rules of `git check-ref-format`. They also
 * keep it inside of the folder that it becomes a path in: no `..`, no absolute or drive-qualified path, no backslash.
 *
 * @returns `text` itself
 * @throws UsageError
 */
export function checkRevision(text: string): string {
  const fault = faultOf(text);
  if (fault !== undefined) {
    throw new UsageError(`"${text}" is not a revision: ${fault}`, {
      hint: 'A revision is a branch, a tag, a commit or refs/pr/N.',
    });
  }
  return text;
}

function faultOf(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text === '@') return '"@" alone names nothing';
  if (text.startsWith('-')) return 'it begins with "-"';
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return 'it holds a control character';
  const forbidden = /[ ~^:?*[\\]/.exec(text)?.[0];
  if (forbidden !== undefined) return forbidden === ' ' ? 'it holds a blank' : `it holds "${forbidden}"`;
  if (text.includes('..')) return 'it holds ".."';
  if (text.includes('@{')) return 'it holds "@{"';
  if (text.endsWith('.')) return 'it ends with "."';
  return text
    .split('/')
    .map(faultOfPart)
    .find((fault) => fault !== undefined);
}

function faultOfPart(part: string): string | undefined {
  if (part === '') return 'it begins or ends with "/", or holds "//"';
  if (part.startsWith('.')) return 'a part of it begins with "."';
  if (part.endsWith('.lock')) return 'a part of it ends with ".lock"';
  if (Buffer.byteLength(part) > maxPartBytes) return 'it is too long';
  return undefined;
}
