import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { onDisk } from '../cache/disk-errors.js';
import { entryPath, repoLayout } from '../cache/layout.js';
import { asCommitHash } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import type { OperationContext } from './context.js';
import { download } from './download.js';

export interface ReadFileRequest {
  readonly repo: RepoId;
  readonly revision?: string;
  /** Of one file. */
  readonly path: string;
}

/** A file that is in the cache, and open: whatever happens to the cache now, it can be read. */
export interface OpenedFile {
  readonly content: Readable;
  /** It is no text. */
  readonly isBinary: boolean;
}

/**
 * Brings one file into the cache as `download` does, the cache answering where the hub can't, and opens it.
 *
 * @throws HubError  what `download` throws; NotInRepo for a folder; DiskError
 */
export async function readFile(request: ReadFileRequest, context: OperationContext): Promise<OpenedFile> {
  const { path, ...named } = request;
  const { commit, files } = await download(
    { ...named, paths: [path], include: [], exclude: [], filesOnly: true },
    context,
  );
  const [file] = files;
  const hash = asCommitHash(commit);
  if (file === undefined || hash === undefined) throw new Error(`${path} has come, and is not there`);
  const place = entryPath(repoLayout(context.settings.cacheDir, request.repo), hash, file.path);
  return onDisk(place, async () => {
    const handle = await open(place);
    return { content: handle.createReadStream({ start: 0 }), isBinary: await hasNul(handle) };
  });
}

/** As far as git looks for it. */
const lookedAtBytes = 8000;

async function hasNul(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(lookedAtBytes), 0, lookedAtBytes, 0);
  return buffer.subarray(0, bytesRead).includes(0);
}
