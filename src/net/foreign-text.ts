const longestText = 300;

/** Text that a server sent, fit to stand in a message: one line, control characters escaped, not too long. */
export function foreignText(text: string): string {
  const line = text
    .trim()
    .replace(/\s+/gu, ' ')
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

/** An address without what may be secret in it: user, password, query and fragment. */
export function publicUrl(url: URL): string {
  return foreignText(`${url.origin}${url.pathname}`);
}
