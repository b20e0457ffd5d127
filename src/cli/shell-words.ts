/**
 * The words of a line, as a POSIX shell splits it: blanks between words, `'…'`, `"…"`, `\`, and `#` at the beginning of a
 * word for a comment. Nothing is expanded: a list is no script, and a glob in it is meant for the repo.
 *
 * @throws SyntaxError  a quote that is not closed, or a backslash with nothing behind it
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let rest = line;
  while (rest !== '') {
    const isComment = word === undefined && rest.startsWith('#');
    if (isComment) break;
    const [piece, text] = nextPiece(rest);
    rest = rest.slice(piece.length);
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** What stands next, and what it means; undefined for blanks. */
function nextPiece(rest: string): [piece: string, text: string | undefined] {
  const blanks = /^\s+/.exec(rest)?.[0];
  if (blanks !== undefined) return [blanks, undefined];
  const single = /^'([^']*)'/.exec(rest);
  if (single !== null) return [single[0], single[1] ?? ''];
  const double = /^"((?:[^"\\]|\\.)*)"/s.exec(rest);
  if (double !== null) return [double[0], (double[1] ?? '').replaceAll(/\\([$`"\\])/g, '$1')];
  if (rest.startsWith("'") || rest.startsWith('"')) throw new SyntaxError(`a ${rest.charAt(0)} that is not closed`);
  const escaped = /^\\(.)/su.exec(rest);
  if (escaped !== null) return [escaped[0], escaped[1] ?? ''];
  if (rest.startsWith('\\')) throw new SyntaxError('a backslash with nothing behind it');
  const plain = /^[^\s'"\\]+/.exec(rest)?.[0] ?? '';
  return [plain, plain];
}
