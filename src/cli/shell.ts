/** Quotes one word for a POSIX shell (on Windows: for cmd and PowerShell, as far as those agree). */
export function shellQuote(word: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  if (platform === 'win32') return `"${word.replaceAll('"', '\\"')}"`;
  if (unprintable.test(word)) return ansiQuoted(word);
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What would not survive being printed and copied. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** `$'…'`, as bash, zsh and ksh read it. */
function ansiQuoted(word: string): string {
  const quoted = Array.from(word, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    if (!unprintable.test(character)) return character;
    return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `$'${quoted.join('')}'`;
}

/**
 * The command that goes on where this one stopped: the same words, quoted for a shell, without what must not be shown.
 * A token in argv is left out (the variable and the token file serve as well), and so are user, password and query of
 * an address.
 *
 * @param program  as the user called it: `hub` or `model-hub`
 */
export function continueCommand(program: string, argv: readonly string[], platform?: NodeJS.Platform): string {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const [flag = ''] = word.split('=', 1);
    if (flag === '--token') i += word === flag ? 1 : 0;
    else if (/^hf_\w{8,}$/.test(word)) words.push('hf_***');
    else if (!addressFlags.includes(flag)) words.push(withoutSecrets(word));
    else if (word === flag) words.push(word, ...argv.slice(++i, i + 1).map(withoutUser));
    else words.push(`${flag}=${withoutUser(word.slice(flag.length + 1))}`);
  }
  return [program, ...words].map((word) => shellQuote(word, platform)).join(' ');
}

/** Their value is an address, however badly it is written. */
const addressFlags = ['--proxy', '--endpoint'];

/** Takes whatever may be meant as user and password off an address: a password may have any character. */
function withoutUser(address: string): string {
  return withoutSecrets(address.replace(/^(\w+:\/\/)?.*@/s, '$1'));
}

/** Takes user, password and query off the address in a word. A password may have blanks. */
export function withoutSecrets(text: string): string {
  return text.replace(/\b((?:https?|socks\w*):\/\/)(?:[^/?#]*@)?([^?#\s]*)(?:\?[^#\s]*)?/gi, '$1$2');
}
