import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import * as z from 'zod/mini';
import { formatDigest, parseDigest } from '../repo/digest.js';
import type { CommitHash, ListedFile, Listing } from '../repo/listing.js';
import { isReadable, isSystemError } from './disk-errors.js';
import type { CacheFiles } from './files.js';
import { type RepoLayout, listingPath, noExistPath, requestsPath, treePath } from './layout.js';

/** The format that this program writes; another is left alone and counts as absent. */
const format = 1;

const listingSchema = z.object({ format: z.literal(format), files: z.custom<readonly unknown[]>(Array.isArray) });

/** Our listing of a commit, else Python's where that is valid. Always a complete one; its names are yet to be judged. */
export async function readListing(layout: RepoLayout, commit: CommitHash): Promise<Listing | undefined> {
  const own = await readJson(listingPath(layout, commit));
  return parseListing(commit, own) ?? parsePythonTree(commit, await readJson(treePath(layout, commit)));
}

/** Our own record of a commit's files; undefined for anything that is none, or of another version. */
export function parseListing(commit: CommitHash, record: unknown): Listing | undefined {
  const files = listingSchema.safeParse(record).data?.files.map(parseFile);
  return files?.every((file) => file !== undefined) === true ? { commit, files } : undefined;
}

/** What is there of a commit's listing and may not be read, if anything. */
export function unreadableListing(layout: RepoLayout, commit: CommitHash): string | undefined {
  return [listingPath(layout, commit), treePath(layout, commit)].find((path) => existsSync(path) && !isReadable(path));
}

/** Keeps a complete listing, so that the commit never need be listed again. */
export async function writeListing(layout: RepoLayout, files: CacheFiles, listing: Listing): Promise<void> {
  const path = listingPath(layout, listing.commit);
  if (isOfAnotherVersion(await readJson(path))) return;
  await files.replace(path, encodeListing(listing));
}

/** The inverse of `parseListing`, as text. */
export function encodeListing({ files }: Listing): string {
  const entries = files.map(({ digest, ...file }) => ({ ...file, digest: formatDigest(digest) }));
  return `${JSON.stringify({ format, files: entries })}\n`;
}

/** Judged by hand: of thousands of files zod's schema takes ten times as long, in every warm run. */
function parseFile(entry: unknown): ListedFile | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { path, size, digest: text, gitOid, xetHash }: Partial<Record<keyof ListedFile, unknown>> = entry;
  const digest = typeof text === 'string' ? parseDigest(text) : undefined;
  const isSound = typeof path === 'string' && typeof gitOid === 'string' && isSize(size) && digest !== undefined;
  if (!isSound || (xetHash !== undefined && typeof xetHash !== 'string')) return undefined;
  return { path, size, digest, gitOid, ...(xetHash === undefined ? {} : { xetHash }) };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const size = z.int().check(z.nonnegative());
const gitOid = z.string().check(z.regex(/^[0-9a-f]{40}$/));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** facts of huggingface_hub's `trees/<commit>.json`, format 1. */
const treeFileSchema = z.object({
  size,
  blob_id: gitOid,
  lfs_sha256: z.optional(sha256),
  lfs_size: z.optional(size),
  xet_hash: z.optional(sha256),
});
const treeSchema = z.object({
  format_version: z.literal(1),
  // Not as a record: zod leaves `__proto__` out of those, and the listing would lack a file.
  files: z.pipe(z.transform(entriesOf), z.array(z.tuple([z.string(), treeFileSchema]))),
});

function entriesOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
}

/** The same of Python's record. */
export function parsePythonTree(commit: CommitHash, record: unknown): Listing | undefined {
  const files = treeSchema.safeParse(record).data?.files.map(([path, file]): ListedFile => ({
    path,
    size: file.lfs_size ?? file.size,
    digest:
      file.lfs_sha256 === undefined
        ? { algorithm: 'git-sha1', hex: file.blob_id }
        : { algorithm: 'sha256', hex: file.lfs_sha256 },
    gitOid: file.blob_id,
    ...(file.xet_hash === undefined ? {} : { xetHash: file.xet_hash }),
  }));
  return files === undefined ? undefined : { commit, files };
}

const requestsSchema = z.object({
  format: z.literal(format),
  lastUsed: z.iso.datetime(),
  requests: z.array(
    z.object({
      revision: z.string(),
      /** Paths, or `all` of the commit's. */
      files: z.union([z.literal('all'), z.array(z.string())]),
      begun: z.iso.datetime(),
      completed: z.nullable(z.iso.datetime()),
    }),
  ),
});

/** All that was asked for of a commit. Times in ISO 8601. */
export type Requests = z.infer<typeof requestsSchema>;

/** Undefined where there is none, or one that this version doesn't understand. */
export async function readRequests(layout: RepoLayout, commit: CommitHash): Promise<Requests | undefined> {
  return requestsSchema.safeParse(await readJson(requestsPath(layout, commit))).data;
}

/** What was asked for of a commit, of which revision, and which of its files that meant. */
export interface RequestRecord {
  readonly revision: string;
  readonly files: 'all' | readonly string[];
}

/**
 * Notes, before the first byte, what is asked for, so that an unfinished request's blobs are known as such; and again
 * when it is done. The commit counts as used at either time.
 */
export async function noteRequest(
  layout: RepoLayout,
  files: CacheFiles,
  {
    commit,
    request,
    state,
    now,
  }: { commit: CommitHash; request: RequestRecord; state: 'begun' | 'completed'; now: Date },
): Promise<void> {
  const found = await readJson(requestsPath(layout, commit));
  if (isOfAnotherVersion(found)) return;
  const known = requestsSchema.safeParse(found).data;
  const time = now.toISOString();
  const earlier = known?.requests.find((other) => isSameRequest(other, request));
  const noted: Requests['requests'][number] = {
    revision: request.revision,
    files: request.files === 'all' ? 'all' : [...request.files],
    begun: earlier?.begun ?? time,
    completed: state === 'completed' ? time : (earlier?.completed ?? null),
  };
  const others = known?.requests.filter((other) => other !== earlier) ?? [];
  const requests: Requests = { format, lastUsed: time, requests: [...others, noted] };
  await files.replace(requestsPath(layout, commit), `${JSON.stringify(requests)}\n`);
}

/** Forgets what of a commit was asked for and not completed. */
export async function forgetUnfinished(layout: RepoLayout, files: CacheFiles, commit: CommitHash): Promise<void> {
  const known = await readRequests(layout, commit);
  if (known === undefined) return;
  const requests = known.requests.filter(({ completed }) => completed !== null);
  const path = requestsPath(layout, commit);
  if (requests.length === 0) await rm(path, { force: true });
  else await files.replace(path, `${JSON.stringify({ ...known, requests })}\n`);
}

/** Forgets all that is known of a commit, Python's records of it too. What was asked for goes last: it leads to the others. */
export async function forgetCommit(layout: RepoLayout, commit: CommitHash): Promise<void> {
  const records = [
    listingPath(layout, commit),
    treePath(layout, commit),
    noExistPath(layout, commit),
    requestsPath(layout, commit),
  ];
  for (const path of records) await rm(path, { recursive: true, force: true });
}

function isSameRequest(a: RequestRecord, b: RequestRecord): boolean {
  return a.revision === b.revision && JSON.stringify(a.files) === JSON.stringify(b.files);
}

/** A later version of this program wrote it: it knows more than we do. */
function isOfAnotherVersion(record: unknown): boolean {
  const versioned = z.object({ format: z.number() }).safeParse(record);
  return versioned.success && versioned.data.format !== format;
}

/** Undefined where the file is absent, unreadable or no JSON: other tools and crashes leave such. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR')) return undefined;
    throw error;
  }
}
