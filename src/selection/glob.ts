import { braceExpand, Minimatch } from 'minimatch';
import { UsageError } from '../errors.js';

const maxPatternLength = 4096;
// Of all braces and globstars of a pattern together.
const maxAlternatives = 1000;

/**
 * Makes a test of a pattern as users of Python's `fnmatch` know it, on the whole path: case-sensitive, `*` and `?` cross
 * folders, dotfiles match, `[!x]` negates, `\` is `/`, a trailing `/` means everything below. Two additions: braces, and
 * a globstar with its slash may stand for no folder at all.
 *
 * @throws UsageError  for a pattern that is too long or stands for too many others
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  if (pattern.length > maxPatternLength) {
    throw new UsageError(`a pattern has ${pattern.length} characters: at most ${maxPatternLength} are allowed`);
  }
  const literals = new Set<string>();
  const matchers: Minimatch[] = [];
  for (const alternative of alternatives(pattern)) {
    if (!hasWildcard(alternative)) literals.add(alternative);
    else {
      const translated = translate(alternative);
      // Behind something, since minimatch has rules of its own for names that are dots alone, or nothing.
      if (translated !== undefined) matchers.push(new Minimatch(`${separator}${translated}`, options));
    }
  }
  return (path) => {
    const normal = path.replaceAll('\\', '/');
    if (literals.has(normal)) return true;
    const flat = `${separator}${normal.replaceAll('/', separator)}`;
    return matchers.some((matcher) => matcher.match(flat));
  };
}

/** Whether a person who typed `text` may have meant a pattern. */
export function hasGlobCharacters(text: string): boolean {
  return hasWildcard(text) || /\{.*\}/s.test(text);
}

/**
 * Stands for `/` in pattern and path, so that for minimatch a path is one name and `*` crosses folders. A code point that
 * Unicode leaves to programs: no file's name should hold it.
 */
const separator = '\uFDD0';

const options = {
  dot: true,
  nobrace: true,
  noext: true,
  noglobstar: true,
  nonegate: true,
  nocomment: true,
  platform: 'linux',
} as const;

function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

// The patterns without braces that `pattern` stands for, each `**/` left in and left out.
function alternatives(pattern: string): Set<string> {
  const found = new Set<string>();
  let count = 0;
  for (const expanded of braceExpand(pattern.replaceAll('\\', '/'), { braceExpandMax: maxAlternatives + 1 })) {
    const below = expanded.endsWith('/') ? `${expanded}*` : expanded;
    for (const alternative of withoutFolders(below)) {
      found.add(alternative);
      // Not the set's size: of very many alternatives few may differ.
      if (++count > maxAlternatives) {
        throw new UsageError(`the pattern "${pattern.slice(0, 100)}" stands for more than ${maxAlternatives} others`, {
          hint: 'Use fewer braces, or "*" in place of a long range.',
        });
      }
    }
  }
  return found;
}

// `pattern` with each `**/` left in and left out.
function* withoutFolders(pattern: string): Generator<string> {
  // Several in a row mean what one means.
  const match = /(^|\/)(?:\*\*\/)+/.exec(pattern);
  if (match === null) {
    yield pattern;
    return;
  }
  const before = pattern.slice(0, match.index) + (match[1] ?? '');
  for (const after of withoutFolders(pattern.slice(match.index + match[0].length))) {
    yield `${before}*/${after}`;
    yield before + after;
  }
}

/** Python's fnmatch as minimatch reads it; undefined where a class is empty, so that nothing can match. */
function translate(pattern: string): string | undefined {
  let translated = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const end = character === '[' ? endOfClass(pattern, index) : -1;
    if (end !== -1) {
      const characterClass = translateClass(pattern.slice(index + 1, end));
      if (characterClass === undefined) return undefined;
      translated += characterClass;
      index = end;
    } else translated += character === '[' ? '\\[' : character === '/' ? separator : character;
  }
  return translated;
}

/** Where the class that opens at `start` closes: a `]` that comes first in it is a letter. -1 where it doesn't. */
function endOfClass(pattern: string, start: number): number {
  const first = pattern.charAt(start + 1) === '!' ? start + 2 : start + 1;
  return pattern.indexOf(']', first + 1);
}

/**
 * A class, given without its brackets, with all escaped that only minimatch takes for special.
 *
 * @returns undefined where no character can match
 */
function translateClass(body: string): string | undefined {
  const negated = body.startsWith('!');
  const characters = Array.from(negated ? body.slice(1) : body);
  const members: string[] = [];
  for (let index = 0; index < characters.length; index++) {
    const low = characters[index] ?? '';
    const high = characters[index + 1] === '-' ? characters[index + 2] : undefined;
    if (high === undefined) {
      members.push(escapeMember(low));
      continue;
    }
    index += 2;
    members.push(...rangeMembers(low, high));
  }
  if (members.length === 0) return negated ? '?' : undefined;
  // Even escaped, a leading `^` negates for minimatch: it comes last, and alone it is no class.
  if (!negated && members.every((it) => it === '\\^')) return '^';
  const caretLast = [...members.filter((it) => it !== '\\^'), ...members.filter((it) => it === '\\^')].join('');
  return negated ? `[!${caretLast}]` : `[${caretLast}]`;
}

function rangeMembers(low: string, high: string): string[] {
  // A reversed range holds nothing.
  if (codePoint(low) > codePoint(high)) return [];
  if (low === high) return [escapeMember(low)];
  if (codePoint(low) <= codePoint('/') && codePoint('/') <= codePoint(high)) {
    return [...rangeMembers(low, '.'), separator, ...rangeMembers('0', high)];
  }
  // For minimatch a class that begins with `^` is negated, and what follows `^` is `_`.
  if (low === '^') return [escapeMember('^'), ...rangeMembers('_', high)];
  return [`${escapeMember(low)}-${escapeMember(high)}`];
}

function escapeMember(character: string): string {
  if (character === '/') return separator;
  return /[[\]^!-]/.test(character) ? `\\${character}` : character;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
