import { ExitCode, HubError } from '../errors.js';
import { formatDigest } from './digest.js';
import type { ListedFile } from './listing.js';

/**
 * Judges the names and sizes of a whole listing, before anything of it is written. What it refuses is refused on every
 * system, even where a filter leaves it out: a hub that lists such a thing can't be trusted. In n log n time.
 *
 * @throws UntrustedListing
 */
export function judgeListing(files: readonly ListedFile[]): void {
  const sizes = new Map<string, number>();
  for (const { path, size, digest } of files) {
    const fault = faultOfName(path);
    if (fault !== undefined) throw new UntrustedListing(`the listing's path "${shorten(path)}" ${fault}`);
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new UntrustedListing(`the listing gives "${shorten(path)}" an impossible size: ${size} bytes`);
    }
    const key = formatDigest(digest);
    const known = sizes.get(key);
    if (known !== undefined && known !== size) {
      throw new UntrustedListing(
        `the listing gives one content two sizes: "${shorten(path)}" with ${key} has ${size} bytes, another file of that digest ${known}`,
      );
    }
    sizes.set(key, size);
  }
  const [clash] = findClashes(files.map(({ path }) => ({ path, key: path })));
  if (clash === undefined) return;
  throw new UntrustedListing(
    clash.kind === 'same'
      ? `the listing has the path "${shorten(clash.path)}" twice`
      : `the listing has "${shorten(clash.path)}" both as a file and as a folder ("${shorten(clash.other)}")`,
  );
}

/**
 * What makes a file's path one that nobody may write, by POSIX or Windows rules; undefined for any other, however odd.
 * Reads on from the path: `"../x" climbs out of its folder`.
 */
export function faultOfName(path: string): string | undefined {
  if (path.includes('\0')) return 'holds a NUL';
  if (/^[/\\]/.test(path)) return 'is absolute';
  for (const part of path.split('/')) {
    if (part === '') return 'has an empty part';
    if (part === '.') return 'has the part "."';
    if (part.startsWith('\\')) return 'is absolute in a part of it';
    for (const piece of part.split('\\')) {
      if (piece === '..') return 'climbs out of its folder';
      // Windows takes any one character before a colon for a drive.
      if (/^.:/su.test(piece)) return 'names a drive';
    }
  }
  return undefined;
}

/**
 * Judges names that are to be written into a folder of the user's, beside what is there already.
 *
 * @param listed  all of the repo: a hub that would write into git's own folder, which runs programs from there, can't be
 *   trusted (git itself refuses such names, also as Windows and macOS would read them)
 * @param selected  what is to be written: nothing where notes and unfinished files are kept
 * @throws UntrustedListing, UnstorableName
 */
export function judgeNamesInFolder({
  listed,
  selected,
}: {
  listed: readonly { readonly path: string }[];
  selected: readonly { readonly path: string }[];
}): void {
  const hostile = listed.find(({ path }) => path.split(/[/\\]/).some(isGitFolder));
  if (hostile !== undefined) {
    throw new UntrustedListing(`the listing's path "${shorten(hostile.path)}" leads into git's own folder`);
  }
  const taken = selected.filter(({ path }) => /^\.cache($|\/huggingface(\/|$))/i.test(path));
  if (taken.length > 0) {
    throw new UnstorableName(
      taken.map(({ path }) => `"${shorten(path)}" stands where the state of downloads is kept`),
      'this folder',
    );
  }
}

/**
 * Whether a part of a path would be git's own folder somewhere, as git judges (read-cache.c, verify_path): NTFS drops
 * blanks and dots at the end, HFS+ some code points anywhere.
 */
export function isGitFolder(part: string): boolean {
  const seen = part.replaceAll(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase();
  return /^(\.git|git~1)[ .]*(:.*)?$/s.test(seen);
}

/** What a file system can hold. */
export interface FileSystemTraits {
  readonly caseSensitive: boolean;
  /** False where `é` is one name, be it one code point or two. */
  readonly unicodeSensitive: boolean;
  /** Windows' reserved names and characters are refused. */
  readonly windowsNames: boolean;
  readonly maxPartBytes: number;
  /** Of a path below the folder that the files go to. */
  readonly maxPathBytes: number;
}

/**
 * Judges whether a file system can hold the files that are to be written there.
 *
 * @throws UnstorableName  naming them
 */
export function judgeNamesFor(traits: FileSystemTraits, selected: readonly { readonly path: string }[]): void {
  const problems = selected.flatMap(({ path }) => {
    const fault = faultOnFileSystem(traits, path);
    return fault === undefined ? [] : [`"${shorten(path)}" ${fault}`];
  });
  // Elsewhere only the same name clashes, which `judgeListing` has refused.
  if (!traits.caseSensitive || !traits.unicodeSensitive) {
    const keyed = selected.map(({ path }) => ({ path, key: fold(traits, path) }));
    for (const { path, other } of findClashes(keyed)) {
      problems.push(`"${shorten(path)}" and "${shorten(other)}" are one name there`);
    }
  }
  if (problems.length > 0) throw new UnstorableName(problems);
}

/** The hub lists what can't be true, or what would write outside of the repo's folder. */
export class UntrustedListing extends HubError {
  readonly code = 'untrusted-listing';
  readonly exitCode = ExitCode.integrity;

  constructor(message: string) {
    super(message, {
      hint: 'Nothing was written. Another endpoint may be sound: try --endpoint.',
    });
  }
}

/** This file system can't hold a name, or can't keep two names apart. */
export class UnstorableName extends HubError {
  readonly code = 'unstorable-name';
  readonly exitCode = ExitCode.disk;

  constructor(
    readonly problems: readonly string[],
    where = 'this file system',
  ) {
    const shown = problems.slice(0, shownProblems).join('; ');
    const more = problems.length > shownProblems ? `; and ${problems.length - shownProblems} more` : '';
    super(`${where} can't hold the names of all files: ${shown}${more}`, {
      hint: 'Leave them out with --exclude, or choose a folder on another file system. Nothing was written.',
    });
  }
}

const shownProblems = 5;

function faultOnFileSystem(traits: FileSystemTraits, path: string): string | undefined {
  const pathBytes = Buffer.byteLength(path);
  if (pathBytes > traits.maxPathBytes) return `is longer than ${traits.maxPathBytes} bytes`;
  // A lone surrogate has no bytes of its own: two of them would become one name.
  if (/\p{Cs}/u.test(path)) return 'is not valid Unicode';
  if (pathBytes <= traits.maxPartBytes && !traits.windowsNames) return undefined;
  for (const part of path.split('/')) {
    if (Buffer.byteLength(part) > traits.maxPartBytes) return `has a part longer than ${traits.maxPartBytes} bytes`;
    const fault = traits.windowsNames ? faultOnWindows(part) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Microsoft's "Naming Files, Paths, and Namespaces". A reserved name stays one with an extension. */
const reservedOnWindows = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(\.|:|$)/i;

function faultOnWindows(part: string): string | undefined {
  if (reservedOnWindows.test(part)) return 'is reserved on Windows';
  if (/[. ]$/.test(part)) return 'has a part that ends with a dot or a blank, which Windows drops';
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[<>:"|?*\\\u0000-\u001f]/.test(part)) return 'holds a character that Windows refuses';
  return undefined;
}

/** One key for all the names that the file system takes for one. */
function fold({ caseSensitive, unicodeSensitive }: FileSystemTraits, path: string): string {
  const composed = unicodeSensitive ? path : path.normalize('NFC');
  // Lower, then upper: systems differ in letters such as the Kelvin sign, and to tell two names apart must be safe on all.
  const folded = caseSensitive ? composed : composed.toLowerCase().toUpperCase();
  return unicodeSensitive ? folded : folded.normalize('NFC');
}

interface Clash {
  readonly kind: 'same' | 'file-and-folder';
  readonly path: string;
  readonly other: string;
}

/**
 * Files of one key, and a file whose key is a folder of another's. With "/" as the lowest character, what clashes with a
 * key follows it at once in the order of the keys.
 */
function findClashes(files: readonly { readonly path: string; readonly key: string }[]): Clash[] {
  const sorted = files
    .map(({ path, key }) => ({ path, key: key.replaceAll('/', '\0') }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const clashes: Clash[] = [];
  for (const [index, { path: other, key }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined) continue;
    if (key === before.key) clashes.push({ kind: 'same', path: before.path, other });
    else if (key.startsWith(`${before.key}\0`)) clashes.push({ kind: 'file-and-folder', path: before.path, other });
  }
  return clashes;
}

/** A hostile path may have megabytes. */
function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
