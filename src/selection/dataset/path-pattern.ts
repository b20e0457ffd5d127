import { DatasetUnreadable } from './errors.js';

/**
 * A pattern of a dataset's card: fsspec's globs, not those of `--include`. `*` and `?` stay within a folder, a `**` that is
 * a whole part of the path stands for any folders, `[a-z]` and `[!a-z]` are classes; braces are letters.
 */
export interface PathPattern {
  readonly text: string;
  /** False: it names one file. */
  readonly hasWildcard: boolean;
  /** Its parts, between slashes. */
  readonly parts: readonly string[];
  readonly matches: (path: string) => boolean;
}

/**
 * Compiles a pattern. A match takes time in proportion to pattern times path, whatever they are.
 *
 * @throws DatasetUnreadable  it leads out of the repo, or has a `**` beside other characters
 */
export function compilePathPattern(text: string): PathPattern {
  if (text.length > maxLength) throw new DatasetUnreadable('the card has a pattern of more than 4096 characters');
  if (text.startsWith('/') || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || text.split('/').includes('..')) {
    throw new DatasetUnreadable(`the card names "${text}", which is outside of the repo`);
  }
  const parts = text.split('/').filter((part, index, all) => part !== '.' && (part !== '' || index === all.length - 1));
  const hasWildcard = /[*?[]/.test(text);
  if (!hasWildcard) {
    const normal = parts.join('/');
    return { text, hasWildcard, parts, matches: (path) => path === normal };
  }
  // Everything below: the file itself is one part more.
  const named = parts.at(-1) === '**' ? [...parts, '*'] : parts;
  const tests = named.map((part) => (part === '**' ? anyFolders : testOfPart(part, text)));
  const literal = longestLiteral(parts);
  return {
    text,
    hasWildcard,
    parts,
    // Of a hundred thousand files nearly all are told apart by this alone.
    matches: (path) => path.includes(literal) && matchesInTurn(tests, path.split('/'), anyFolders),
  };
}

/** A pattern that means just the file `path`. */
export function escapePath(path: string): string {
  return path.replaceAll(/[*?[]/g, (character) => `[${character}]`);
}

const maxLength = 4096;
const anyFolders = 'any folders';
const anyCharacters = 'any characters';

/** Letters that follow each other in whatever matches. */
function longestLiteral(parts: readonly string[]): string {
  const literals = parts.flatMap((part) => part.replaceAll(/\[!?.[^\]]*\]?/gs, '*').split(/[*?]/));
  return literals.reduce((longest, it) => (it.length > longest.length ? it : longest), '');
}

type Test<Item> = (item: Item) => boolean;

/**
 * Do `items` pass the tests one by one, where a `gap` lets any number of items pass? When an item fails, only the latest
 * gap need be tried longer: an earlier one could gain nothing.
 */
function matchesInTurn<Item, Gap extends string>(
  tests: readonly (Test<Item> | Gap)[],
  items: readonly Item[],
  gap: Gap,
): boolean {
  let test = 0;
  let item = 0;
  let afterGap = -1;
  let gapEnd = 0;
  while (item < items.length) {
    const current = tests[test];
    if (current === gap) {
      afterGap = ++test;
      gapEnd = item;
    } else if (typeof current === 'function' && current(items[item] as Item)) {
      test++;
      item++;
    } else if (afterGap !== -1) {
      test = afterGap;
      item = ++gapEnd;
    } else return false;
  }
  while (tests[test] === gap) test++;
  return test === tests.length;
}

function testOfPart(part: string, pattern: string): Test<string> {
  if (part.includes('**')) {
    throw new DatasetUnreadable(`the card has the pattern "${pattern}": a "**" can only be a whole part of a path`);
  }
  if (!/[*?[]/.test(part)) return (name) => name === part;
  const tests = characterTests(part);
  return (name) => matchesInTurn(tests, Array.from(name), anyCharacters);
}

function characterTests(part: string): (Test<string> | typeof anyCharacters)[] {
  const characters = Array.from(part);
  const tests: (Test<string> | typeof anyCharacters)[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index];
    const end = character === '[' ? endOfClass(characters, index) : -1;
    if (end !== -1) {
      tests.push(testOfClass(characters.slice(index + 1, end)));
      index = end;
    } else if (character === '*') tests.push(anyCharacters);
    else if (character === '?') tests.push(() => true);
    else tests.push((it) => it === character);
  }
  return tests;
}

/** A `]` that comes first is a letter. -1 where the class doesn't close: then its `[` is a letter. */
function endOfClass(characters: readonly string[], start: number): number {
  return characters.indexOf(']', start + (characters[start + 1] === '!' ? 3 : 2));
}

function testOfClass(body: readonly string[]): Test<string> {
  const negated = body[0] === '!';
  const members = negated ? body.slice(1) : body;
  const ranges: { low: string; high: string }[] = [];
  for (let index = 0; index < members.length; index++) {
    const low = members[index] ?? '';
    const high = members[index + 1] === '-' ? members[index + 2] : undefined;
    ranges.push({ low, high: high ?? low });
    if (high !== undefined) index += 2;
  }
  return (it) => ranges.some(({ low, high }) => low <= it && it <= high) !== negated;
}
