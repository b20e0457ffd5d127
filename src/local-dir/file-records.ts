import { constants, readFileSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isSystemError } from '../cache/disk-errors.js';
import type { CacheFiles } from '../cache/files.js';
import { formatDigest, parseDigest } from '../repo/digest.js';
import { type CommitHash, asCommitHash } from '../repo/listing.js';
import type { FileRecord } from './judge.js';

/** A file as we put it, or found it, in a local folder, and the commit that it was wanted of. */
export interface NotedFile extends FileRecord {
  readonly commit: CommitHash;
}

const format = 1;
/** More lines than that for each file, and a few, are written anew. */
const mostLinesPerFile = 3;
const fewLines = 1000;

/**
 * Which files of a local folder are as we put them there: a line of JSON for each, the last one of a path counts. Lines
 * are appended, so that thousands of files cost a short write each, and two processes don't undo each other's. One that a
 * crash cut off is skipped: then the file is read once more, and known again.
 */
export class FileRecords {
  readonly #path: string;
  readonly #files: CacheFiles;
  #byPath = new Map<string, NotedFile>();
  #lines = 0;
  #appending: Promise<FileHandle> | undefined;

  constructor(path: string, files: CacheFiles) {
    this.#path = path;
    this.#files = files;
    this.reload();
  }

  get(path: string): NotedFile | undefined {
    return this.#byPath.get(path);
  }

  /** Each file once, by its path as it stands in the records: that may be anything. */
  all(): ReadonlyMap<string, NotedFile> {
    return this.#byPath;
  }

  /** Reads what other processes have written since. */
  reload(): void {
    const lines = readLines(this.#path);
    this.#lines = lines.length;
    this.#byPath = new Map();
    for (const line of lines) {
      const [path, file] = parseLine(line) ?? [];
      if (path === undefined) continue;
      if (file === undefined) this.#byPath.delete(path);
      else this.#byPath.set(path, file);
    }
  }

  async note(path: string, file: NotedFile): Promise<void> {
    this.#byPath.set(path, file);
    await this.#append(lineOf(path, file));
  }

  /** What is not there any more, because it was taken away. */
  async forget(path: string): Promise<void> {
    this.#byPath.delete(path);
    await this.#append(`${JSON.stringify({ format, path, gone: true })}\n`);
  }

  /** Lets go of the file, written anew where most of it is outdated. What another process appends meanwhile may be lost. */
  async close(): Promise<void> {
    if (this.#appending === undefined) return;
    await (await this.#appending).close();
    this.#appending = undefined;
    if (this.#lines <= mostLinesPerFile * this.#byPath.size + fewLines) return;
    this.reload();
    const text = Array.from(this.#byPath, ([path, file]) => lineOf(path, file)).join('');
    await this.#files.replace(this.#path, text);
  }

  async #append(line: string): Promise<void> {
    // The first line ends one that a crash may have cut off.
    this.#appending ??= this.#openToAppend();
    const handle = await this.#appending;
    // Synchronous: a line into the page cache costs less than a turn through the thread pool.
    writeSync(handle.fd, line);
  }

  async #openToAppend(): Promise<FileHandle> {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const handle = await open(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
    await handle.write('\n');
    return handle;
  }
}

function lineOf(path: string, { size, mtimeMs, digest, commit }: NotedFile): string {
  return `${JSON.stringify({ format, path, size, mtimeMs, digest: formatDigest(digest), commit })}\n`;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

/**
 * A path without a file is one that has gone. By hand: of thousands of lines zod's schema takes ten times as long, in every
 * warm run.
 */
function parseLine(line: string): [string, NotedFile?] | undefined {
  const entry = parseJson(line);
  if (typeof entry !== 'object' || entry === null || !('format' in entry) || entry.format !== format) return undefined;
  const { path, size, mtimeMs, digest: text, commit: hash, gone }: Partial<Record<string, unknown>> = { ...entry };
  if (gone === true && typeof path === 'string') return [path];
  const digest = typeof text === 'string' ? parseDigest(text) : undefined;
  const commit = typeof hash === 'string' ? asCommitHash(hash) : undefined;
  if (digest === undefined || commit === undefined) return undefined;
  if (typeof path !== 'string' || typeof size !== 'number' || typeof mtimeMs !== 'number') return undefined;
  return [path, { size, mtimeMs, digest, commit }];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
