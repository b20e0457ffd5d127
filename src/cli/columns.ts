import stringWidth from 'string-width';

// Apart from text.ts, since what it needs of Unicode takes 20 ms to load: only bars measure text.

/** Columns that text takes on a terminal. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** Shortens text to at most `width` columns by taking out its middle; the end, which names the file, gets more room. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? '…' : '';
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const headWidth = Math.floor((width - 1) / 3);
  const head = takeColumns(characters, headWidth);
  const tail = takeColumns(characters.toReversed(), width - 1 - displayWidth(head.join('')));
  return `${head.join('')}…${tail.reverse().join('')}`;
}

/** Shortens text to at most `width` columns by taking off its end. */
export function truncateEnd(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  return width < 1 ? '' : `${takeColumns(characters, width - 1).join('')}…`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function takeColumns(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += displayWidth(character);
    if (used > width) break;
    taken.push(character);
  }
  return taken;
}

/** Fills up to `width` columns with spaces on the right. */
export function padColumns(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}
