/** Letters, digits and `_`, with single dots between them (`datasets`, naming.py: _split_re). No dash. */
export function isSplitName(text: string): boolean {
  return /^[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*$/u.test(text);
}

/**
 * The splits that an expression of `datasets` reads from: a split's name, `all`, a slice (`train[:10%]`), or several with
 * a `+` between them. A name that is none of `known` is given as it stands.
 */
export function splitsOfExpression(text: string, known: readonly string[]): string[] {
  if (known.includes(text)) return [text];
  if (text === 'all') return [...known];
  return text.split('+').map((part) => part.trim().replace(/\[[^[\]]*\]$/, ''));
}
