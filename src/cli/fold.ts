import { displayWidth } from './columns.js';

export interface Fold {
  /** Of the terminal. */
  readonly columns: number;
  /** Blanks before what does not fit on the first line. */
  readonly indent: number;
}

/**
 * A line as the lines that fit the terminal, broken at blanks. What stands in quotes is a command or a name, and stays on
 * one line, so that it can be copied; so does a word that fits on no line, which the terminal may fold.
 */
export function foldLine(line: string, { columns, indent }: Fold): string[] {
  if (displayWidth(line) <= columns) return [line];
  const lines: string[] = [];
  let current = '';
  let used = 0;
  for (const [, blanks = '', word = ''] of line.matchAll(/( *)((?:"[^"]*"|`[^`]*`|[^ ])+)/g)) {
    const width = displayWidth(word);
    const isFirst = used === 0;
    if (isFirst || used + blanks.length + width <= columns || indent + width > columns) {
      current += blanks + word;
      used += blanks.length + width;
      if (used > columns) used = used % columns || columns;
    } else {
      lines.push(current);
      current = ' '.repeat(indent) + word;
      used = indent + width;
    }
  }
  return [...lines, current];
}

/** The lines of the talk on stderr. What begins with a blank, and the Python that loads, is there to be copied. */
export function foldTalk(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (/^( |load_dataset\()/.test(line) ? [line] : foldLine(line, { columns, indent: 2 })))
    .join('\n');
}
