/** Of each part of a repo's name, as on the hub. */
const maxPartLength = 96;

/**
 * What is wrong with `name` as `org/name` or `name`, in a few words; undefined where nothing is. The rules are those of
 * the hub and of Python's client, and make the name safe as a folder's.
 */
export function faultOfRepoName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  const parts = name.split('/');
  if (parts.length > 2) return 'it has more than one "/"';
  if (parts.includes('')) return 'a part of it is empty';
  const strange = /[^\w.\-/]/u.exec(name)?.[0];
  if (strange !== undefined) return `it holds ${describe(strange)}: letters, digits, "_", "." and "-" are allowed`;
  if (name.includes('--')) return 'it holds "--"';
  if (name.includes('..')) return 'it holds ".."';
  if (parts.some((part) => /^[.-]/.test(part))) return 'a part of it begins with "." or "-"';
  if (parts.some((part) => /[.-]$/.test(part))) return 'a part of it ends with "." or "-"';
  if (name.endsWith('.git')) return 'it ends with ".git"';
  if (parts.some((part) => part.length > maxPartLength))
    return `a part of it has more than ${maxPartLength} characters`;
  return undefined;
}

function describe(character: string): string {
  if (character === ' ') return 'a blank';
  return /\p{C}/u.test(character) ? 'a control character' : `"${character}"`;
}
