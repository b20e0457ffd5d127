import { TomlError, parse } from 'smol-toml';
import { HubError, UsageError } from '../errors.js';
import { judgeListing } from '../repo/names.js';
import { parseRepoReference, repoPath } from '../repo/reference.js';
import { checkRevision } from '../repo/revision.js';
import { conflictSides } from './conflict.js';
import { findClashes } from './entry-clashes.js';
import { compareEntries, compareText, filterFields } from './entry-fields.js';
import type { Lock, LockedEntry, LockedFile } from './entry.js';
import { folderName } from './folder-name.js';
import { type LockedRepo, lockSchema, lockVersion, schemaFault } from './lock-schema.js';
import { tomlList, tomlString } from './toml-text.js';

/**
 * The text of a hub.lock. The same lock gives the same bytes, in whichever order it is handed over, and each file has a
 * line of its own, so that git merges two branches that touch different repos.
 */
export function formatLock({ entries }: Lock): string {
  const head = `# Made by "hub lock". Commit it; do not edit it.\nversion = ${lockVersion}\n`;
  return head + entries.toSorted(compareEntries).map(formatEntry).join('');
}

function formatEntry(entry: LockedEntry): string {
  const fields = filterFields(entry).map(
    ([key, value]) =>
      `${key} = ${value === true ? 'true' : typeof value === 'string' ? tomlString(value) : tomlList(value)}\n`,
  );
  const files = entry.files.toSorted((a, b) => compareText(a.path, b.path)).map(formatFile);
  return (
    `\n[[repo]]\nsource = ${tomlString(`hf:${repoPath(entry.repo)}`)}\nrevision = ${tomlString(entry.revision)}\n` +
    `commit = "${entry.commit}"\n${fields.join('')}files = [\n${files.join('')}]\n`
  );
}

function formatFile({ path, size, sha256, gitOid, digest }: LockedFile): string {
  const lfs = digest.algorithm === 'sha256' ? ', lfs = true' : '';
  return `  { path = ${tomlString(path)}, size = ${size}, sha256 = "${sha256}", git = "${gitOid}"${lfs} },\n`;
}

/**
 * Reads a hub.lock, which others may have written: all its names are judged. One that was edited by hand and still holds
 * is read, whatever its order.
 *
 * @param path  for messages
 * @throws UsageError  what is wrong with it, and how to make it anew
 */
export function parseLock(text: string, path: string): Lock {
  if (conflictSides(text) !== undefined) {
    throw new UsageError(`${path} has the marks of a merge conflict`, {
      hint: 'Resolve hub.toml, then run "hub lock": it keeps what both sides have locked.',
    });
  }
  const values = parseToml(text, path);
  const { version } = values;
  if (typeof version === 'number' && version > lockVersion) {
    throw new UsageError(`${path} was made by a newer hub: its version is ${version}, known is ${lockVersion}`, {
      hint: 'Update hub: npm install -g model-hub-cli.',
    });
  }
  const read = lockSchema.safeParse(values);
  if (!read.success) throw unsound(path, schemaFault(read.error));
  const entries = (read.data.repo ?? []).map((repo) => readEntry(repo, path)).toSorted(compareEntries);
  const [clash] = findClashes(entries.map((entry) => ({ where: `hf:${repoPath(entry.repo)}`, entry })));
  if (clash !== undefined) throw unsound(path, clash);
  return { entries };
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw unsound(`${path}:${error.line}:${error.column}`, error.message.split('\n', 1)[0] ?? '');
  }
}

function readEntry(fields: LockedRepo, path: string): LockedEntry {
  const { source, revision, commit, paths = [], include = [], exclude = [], files } = fields;
  try {
    const { repo } = parseRepoReference(source.slice('hf:'.length), { endpoints: [] });
    if (`hf:${repoPath(repo)}` !== source) throw new UsageError('the source is not written as hf:org/name');
    checkRevision(revision);
    const { 'local-dir': folder } = fields;
    const localDir = folder === undefined ? undefined : folderName(folder);
    const locked = files.map(readFile).toSorted((a, b) => compareText(a.path, b.path));
    judgeListing(locked);
    const weights = weightsOf(fields);
    const dataset = datasetOf(fields);
    return {
      repo,
      revision,
      paths: sorted(paths),
      include: sorted(include),
      exclude: sorted(exclude),
      ...(weights === undefined ? {} : { weights }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(localDir === undefined ? {} : { localDir }),
      commit,
      files: locked,
    };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw unsound(path, `${source}: ${error.message}`, error);
  }
}

function weightsOf({ framework, variant, quant }: LockedRepo): LockedEntry['weights'] {
  if ((framework ?? 'all') === 'all' && variant === undefined && quant === undefined) return undefined;
  return {
    framework: framework ?? 'all',
    ...(variant === undefined ? {} : { variant }),
    ...(quant === undefined ? {} : { quant }),
  };
}

function datasetOf({ subsets = [], splits = [], parquet = false }: LockedRepo): LockedEntry['dataset'] {
  if (subsets.length === 0 && splits.length === 0 && !parquet) return undefined;
  return { subsets: sorted(subsets), splits: sorted(splits), parquet };
}

function readFile({ path, size, sha256, git, lfs = false }: LockedRepo['files'][number]): LockedFile {
  const digest = lfs ? ({ algorithm: 'sha256', hex: sha256 } as const) : ({ algorithm: 'git-sha1', hex: git } as const);
  return { path, size, digest, gitOid: git, sha256 };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted(compareText);
}

function unsound(path: string, fault: string, cause?: HubError): UsageError {
  return new UsageError(`${path}: ${fault}`, {
    hint: 'It is not as "hub lock" writes it. Take it back from git, or delete it and run "hub lock".',
    ...(cause === undefined ? {} : { cause }),
  });
}
