import { ExitCode, HubError } from '../errors.js';
import { nearest } from '../repo/nearest.js';
import { compileGlob, hasGlobCharacters } from './glob.js';

/** What a user wants of a repo. Paths and includes add up, excludes take away from both; without either, all files. */
export interface Filters {
  /** Files or folders, a folder with or without a trailing `/`. */
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The paths name files: neither folders nor patterns are taken for them. */
  readonly filesOnly?: true;
}

/** Something that a person should know although the run goes on. */
interface SelectionWarning {
  readonly code: 'path-is-pattern' | 'pattern-matches-nothing';
  readonly message: string;
  readonly hint?: string;
}

export interface Selection<File> {
  /** In the listing's order. */
  readonly files: File[];
  readonly warnings: SelectionWarning[];
  /** Files that were named one by one, as paths. */
  readonly named: ReadonlySet<string>;
}

/**
 * Narrows a commit's files to those that a user wants.
 *
 * @param repo  its name, for messages
 * @throws NotInRepo  a path that is neither a file nor a folder
 * @throws NothingSelected  filters that leave no file
 * @throws UsageError  a pattern that is out of bounds
 */
export function select<File extends { readonly path: string }>(
  files: readonly File[],
  { paths, include, exclude, filesOnly }: Filters,
  repo: string,
): Selection<File> {
  const warnings: SelectionWarning[] = [];
  const names = new RepoNames(files);
  const { wantedFiles, wantedFolders, patterns } = sortPaths(paths, { names, warnings, repo, filesOnly });

  const includes = [...patterns, ...include].map((pattern) => new Pattern(pattern));
  const excludes = exclude.map((pattern) => new Pattern(pattern));
  const everything = paths.length === 0 && include.length === 0;
  const selected = files.filter((file) => {
    // Every pattern sees every file, so that one that matches nothing at all is known as such.
    const included = countMatches(includes, file.path) > 0;
    const excluded = countMatches(excludes, file.path) > 0;
    const wanted =
      everything ||
      included ||
      wantedFiles.has(file.path) ||
      wantedFolders.some((folder) => file.path.startsWith(folder));
    return wanted && !excluded;
  });

  for (const pattern of [...includes, ...excludes].filter(({ matches }) => matches === 0)) {
    warnings.push({
      code: 'pattern-matches-nothing',
      message: `the pattern "${pattern.text}" matches no file`,
      ...names.hintFor(pattern.text),
    });
  }
  const filtered = !everything || exclude.length > 0;
  if (selected.length === 0 && filtered) throw nothingSelected({ repo, files, includes, excludes, names });
  return { files: selected, warnings, named: wantedFiles };
}

/** A path that the repo doesn't have. */
export class NotInRepo extends HubError {
  readonly code = 'not-in-repo';
  readonly exitCode = ExitCode.notFound;

  constructor(
    readonly paths: readonly string[],
    { repo, hint, what = 'file or folder' }: { repo: string; hint?: string; what?: string },
  ) {
    const quoted = paths.map((path) => `"${path}"`).join(', ');
    super(`${repo} has no ${what} ${quoted}`, hint === undefined ? {} : { hint });
  }
}

/** The filters leave no file of the repo. */
export class NothingSelected extends HubError {
  readonly code = 'nothing-selected';
  readonly exitCode = ExitCode.notFound;
}

/** A pattern that remembers whether it has met a file. */
class Pattern {
  matches = 0;
  readonly #test: (path: string) => boolean;

  constructor(readonly text: string) {
    this.#test = compileGlob(text);
  }

  match(path: string): boolean {
    const matched = this.#test(path);
    if (matched) this.matches++;
    return matched;
  }
}

function countMatches(patterns: readonly Pattern[], path: string): number {
  return patterns.filter((pattern) => pattern.match(path)).length;
}

/** What there is in a repo to be named. */
class RepoNames {
  readonly #files: ReadonlySet<string>;

  constructor(files: readonly { readonly path: string }[]) {
    this.#files = new Set(files.map(({ path }) => path));
  }

  hasFile(path: string): boolean {
    return this.#files.has(path);
  }

  /** @param folder  with its trailing `/` */
  hasFolder(folder: string): boolean {
    return Array.from(this.#files).some((path) => path.startsWith(folder));
  }

  /** Files, folders and, for a pattern such as `*.h6`, endings that are like `text`. */
  hintFor(text: string): { hint?: string } {
    const candidates = new Set<string>();
    for (const path of this.#files) {
      candidates.add(path);
      if (path.includes('/')) candidates.add(path.slice(0, path.lastIndexOf('/') + 1));
      const ending = /\.[^./]+$/.exec(path)?.[0];
      if (ending !== undefined) candidates.add(`*${ending}`);
    }
    const names = nearest(text, candidates);
    return names.length === 0 ? {} : { hint: `Nearest: ${names.join(', ')}` };
  }
}

/** Tells which path is a file, which a folder and which a pattern. @throws NotInRepo naming all that are none */
function sortPaths(
  paths: readonly string[],
  {
    names,
    warnings,
    repo,
    filesOnly,
  }: { names: RepoNames; warnings: SelectionWarning[]; repo: string; filesOnly: true | undefined },
): { wantedFiles: Set<string>; wantedFolders: string[]; patterns: string[] } {
  const wantedFiles = new Set<string>();
  const wantedFolders: string[] = [];
  const patterns: string[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    const file = spellings(path).find((it) => names.hasFile(it));
    const folder = spellings(path.replace(/[/\\]?$/, '/')).find((it) => names.hasFolder(it));
    if (file !== undefined) wantedFiles.add(file);
    else if (filesOnly) throw notAFile(path, { repo, names, isFolder: folder !== undefined });
    else if (folder !== undefined) wantedFolders.push(folder);
    else if (hasGlobCharacters(path)) {
      patterns.push(path);
      warnings.push({
        code: 'path-is-pattern',
        message: `"${path}" is no file: taken as a pattern, as with --include`,
      });
    } else missing.push(path);
  }
  if (missing.length > 0) throw new NotInRepo(missing, { repo, ...names.hintFor(missing[0] ?? '') });
  return { wantedFiles, wantedFolders, patterns };
}

function notAFile(
  path: string,
  { repo, names, isFolder }: { repo: string; names: RepoNames; isFolder: boolean },
): NotInRepo {
  return new NotInRepo([path], {
    repo,
    what: 'file',
    ...(isFolder ? { hint: 'That is a folder.' } : names.hintFor(path)),
  });
}

/** A path as typed, and as a shell's completion or Windows would have it typed. */
function spellings(path: string): string[] {
  return [path, path.replaceAll('\\', '/').replace(/^(\.\/)+/, '')];
}

function nothingSelected({
  repo,
  files,
  includes,
  excludes,
  names,
}: {
  repo: string;
  files: readonly { readonly path: string }[];
  includes: readonly Pattern[];
  excludes: readonly Pattern[];
  names: RepoNames;
}): NothingSelected {
  if (files.length === 0) return new NothingSelected(`${repo}: nothing is selected, since it has no files`);
  const vain = includes.filter(({ matches }) => matches === 0).map(({ text }) => text);
  if (vain.length > 0 && vain.length === includes.length) {
    const quoted = vain.map((text) => `"${text}"`).join(', ');
    return new NothingSelected(`${repo}: nothing is selected, of its ${files.length} files none matches ${quoted}`, {
      hint: `"hub ls ${repo}" lists them.`,
      ...names.hintFor(vain[0] ?? ''),
    });
  }
  const quoted = excludes.map(({ text }) => `"${text}"`).join(', ');
  return new NothingSelected(`${repo}: nothing is selected, all that was asked for is excluded by ${quoted}`, {
    hint: 'An exclude wins over paths and includes.',
  });
}
