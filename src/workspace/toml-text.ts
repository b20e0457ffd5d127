/** A text as TOML's basic string. What a terminal, or the reader of a diff, could be misled by is escaped, quotes or not. */
export function tomlString(text: string): string {
  const escaped = text.replace(escapedCharacters, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return shortEscapes.get(character) ?? `\\u${code}`;
  });
  return `"${escaped}"`;
}

export function tomlList(texts: readonly string[]): string {
  return `[${texts.map(tomlString).join(', ')}]`;
}

// eslint-disable-next-line no-control-regex -- they are what it is about
const escapedCharacters = /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
