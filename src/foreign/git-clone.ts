import { join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { type CommitHash, type ListedFile, type Listing, asCommitHash } from '../repo/listing.js';
import type { GitProgram } from './git-program.js';
import { parsePointer, pointerBytes } from '../repo/lfs-pointer.js';

/** A clone of a hub's repo, as its own `.git` tells it. */
export interface GitClone {
  /** Where it was cloned from, as git has it; undefined where nowhere. */
  readonly origin: string | undefined;
  /** What is checked out, and all of its files. */
  readonly listing: Listing;
  /** The branch of that name at its origin was this very commit when the two last met. */
  readonly branch: string | undefined;
  /** Somebody else than this clone has had the commit, so that it may well be the hub's. */
  readonly isPublished: boolean;
  /** Where LFS keeps whole objects and unfinished ones. */
  readonly lfsFolder: string;
}

/**
 * Reads what is checked out in a clone. Nothing is asked of a hub: a commit's tree and the LFS pointers in it are a listing.
 *
 * @param folder  absolute
 * @throws UsageError  there is no git, or nothing that it could read
 */
export async function readClone(folder: string, git: GitProgram): Promise<GitClone> {
  const head = asCommitHash((await git.text('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')) ?? '');
  if (head === undefined) {
    throw new UsageError(`${folder}: git finds no commit that is checked out`, {
      hint: `"git -C ${folder} status" may tell why.`,
    });
  }
  const name = await git.text('symbolic-ref', '--quiet', '--short', 'HEAD');
  const upstream =
    name === undefined ? undefined : await git.text('rev-parse', '--verify', '--quiet', `refs/remotes/origin/${name}`);
  const known = await git.text('for-each-ref', '--count=1', `--contains=${head}`, 'refs/remotes', 'refs/tags');
  const common = (await git.text('rev-parse', '--git-common-dir')) ?? '.git';
  return {
    origin: await git.text('config', '--get', 'remote.origin.url'),
    listing: { commit: head, files: await filesOf(head, git) },
    branch: upstream === head ? name : undefined,
    isPublished: known !== undefined && known !== '',
    lfsFolder: join(resolve(folder, common), 'lfs'),
  };
}

async function filesOf(commit: CommitHash, git: GitProgram): Promise<ListedFile[]> {
  const entries = await treeOf(commit, git);
  const mayBePointers = entries.filter(({ size }) => size >= pointerBytes.least && size <= pointerBytes.most);
  const texts = await smallBlobs([...new Set(mayBePointers.map(({ gitOid }) => gitOid))], git);
  return entries.map((entry) => {
    const pointer = parsePointer(texts.get(entry.gitOid) ?? '');
    if (pointer === undefined) return entry;
    return { ...entry, size: pointer.size, digest: { algorithm: 'sha256', hex: pointer.hex } };
  });
}

/** A file without LFS: git's id of it is the hub's digest too. */
async function treeOf(commit: CommitHash, git: GitProgram): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for await (const line of piecesOf(git.output(['ls-tree', '-r', '-z', '-l', '--full-tree', commit]), 0)) {
    const match = /^\d{6} (\w+) ([0-9a-f]{40}) +(\d+|-)\t(.+)$/s.exec(line);
    if (match === null) throw new UsageError(`git lists what this program does not understand: ${line.slice(0, 200)}`);
    const [, type = '', gitOid = '', size = '', path = ''] = match;
    // A repository inside of the repository has no bytes here.
    if (type !== 'blob') continue;
    files.push({ path, size: Number(size), digest: { algorithm: 'git-sha1', hex: gitOid }, gitOid });
  }
  return files;
}

/** Splits output at a byte, whose pieces end with it. */
async function* piecesOf(chunks: AsyncIterable<Uint8Array>, separator: number): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(separator); end !== -1; end = rest.indexOf(separator)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

/** The texts of blobs of at most a kB, by their ids. One that the clone lacks is left out. */
async function smallBlobs(oids: readonly string[], git: GitProgram): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  if (oids.length === 0) return texts;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of git.output(['cat-file', '--batch'], oids)) {
    rest = Buffer.concat([rest, chunk]);
    for (let next = firstObject(rest); next !== undefined; next = firstObject(rest)) {
      if (next.text !== undefined) texts.set(next.oid, next.text);
      rest = rest.subarray(next.bytes);
    }
  }
  return texts;
}

/** gitformat of `cat-file --batch`: `<oid> blob <size>`, a newline, the bytes, a newline; or `<oid> missing`. */
function firstObject(output: Buffer): { oid: string; text: string | undefined; bytes: number } | undefined {
  const end = output.indexOf('\n');
  if (end === -1) return undefined;
  const [oid = '', type, size = ''] = output.toString('latin1', 0, end).split(' ');
  if (type !== 'blob') return { oid, text: undefined, bytes: end + 1 };
  const bytes = end + 1 + Number(size) + 1;
  if (!(output.length >= bytes)) return undefined;
  return { oid, text: output.toString('latin1', end + 1, bytes - 1), bytes };
}

/** The bytes of an object that is in the clone's own store. @throws GitFailed */
export function gitObject(oid: string, git: GitProgram): AsyncIterable<Uint8Array> {
  return git.output(['cat-file', 'blob', oid]);
}
