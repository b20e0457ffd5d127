import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTarPacker } from 'modern-tar';
import { ExitCode, HubError, abortReason } from '../../errors.js';
import { type Digest, formatDigest } from '../../repo/digest.js';
import { asDiskError } from '../disk-errors.js';
import { openUnused } from '../one-file.js';

/** A file of this disk; its bytes must have the digest, where one is known. */
export interface BundledFile {
  readonly kind: 'file';
  /** Its path in the bundle. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly digest: Digest | undefined;
}

/** What goes into a bundle, each under its name there. */
export type BundleItem =
  | BundledFile
  | { readonly kind: 'link'; readonly name: string; readonly target: string }
  | { readonly kind: 'text'; readonly name: string; readonly text: string };

/** A file of the cache does not have the bytes that its name promises. */
class CorruptBlob extends HubError {
  readonly code = 'corrupt-blob';
  readonly exitCode = ExitCode.integrity;
}

/** One moment for all entries, so that the same files give the same bundle; the first that every archiver can tell. */
const entryTime = new Date('1980-01-01T00:00:00Z');
const chunkBytes = 1024 * 1024;

type Packer = ReturnType<typeof createTarPacker>['controller'];

interface WriteOptions {
  /** Keep the output open when the bundle is whole. */
  readonly keepOpen?: boolean;
  /** Told how many more bytes of a file have been read. */
  readonly read: (file: BundledFile, bytes: number) => void;
  readonly done: (file: BundledFile) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes items as a tar (POSIX pax), one after the other, in constant memory. Owners, modes and times of this machine are
 * not in it. A failure destroys the output.
 *
 * @throws CorruptBlob  the bytes of a file are not what its digest says
 */
export async function writeBundle(items: Iterable<BundleItem>, output: Writable, options: WriteOptions): Promise<void> {
  const { keepOpen = false, signal } = options;
  const { readable, controller } = createTarPacker();
  const packing = packAll(items, controller, options).catch((error: unknown) => controller.error(error));
  try {
    await pipeline(Readable.fromWeb(readable), output, { signal, end: !keepOpen });
  } catch (error) {
    throw signal.aborted ? abortReason(signal) : error;
  } finally {
    await packing;
  }
}

async function packAll(items: Iterable<BundleItem>, packer: Packer, options: WriteOptions): Promise<void> {
  for (const item of items) {
    if (item.kind === 'file') await packFile(item, packer, options);
    else if (item.kind === 'link') await packLink(item, packer);
    else await packText(item, packer);
  }
  packer.finalize();
}

const owner = { mtime: entryTime, uid: 0, gid: 0, uname: '', gname: '' };

async function packFile(item: BundledFile, packer: Packer, { read, done, signal }: WriteOptions): Promise<void> {
  const { name, path, digest } = item;
  const file = await openUnused(path).catch((error: unknown) => {
    throw asDiskError(error, path);
  });
  try {
    const { size } = await file.stat();
    const hash = digest === undefined ? undefined : beginHash(digest, size);
    const body = packer.add({ ...owner, name, size, mode: 0o644, type: 'file' }).getWriter();
    for (let offset = 0; offset < size;) {
      if (signal.aborted) throw abortReason(signal);
      // The packer holds on to what it is given: each chunk has memory of its own.
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) throw new CorruptBlob(`${path} became shorter while it was read`);
      const chunk = buffer.subarray(0, bytesRead);
      hash?.update(chunk);
      await body.write(chunk);
      read(item, bytesRead);
      offset += bytesRead;
    }
    if (digest !== undefined && hash?.digest('hex') !== digest.hex) throw corrupt(path, digest);
    await body.close();
    done(item);
  } finally {
    await file.close();
  }
}

function beginHash({ algorithm }: Digest, size: number): ReturnType<typeof createHash> {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${String(size)}\0`);
}

function corrupt(path: string, digest: Digest): CorruptBlob {
  return new CorruptBlob(`${path} is damaged: its bytes are not ${formatDigest(digest)}`, {
    hint: '"hub cache verify --repair" fetches such files again.',
  });
}

async function packLink({ name, target }: Extract<BundleItem, { kind: 'link' }>, packer: Packer): Promise<void> {
  await packer.add({ ...owner, name, size: 0, mode: 0o777, type: 'symlink', linkname: target }).close();
}

async function packText({ name, text }: Extract<BundleItem, { kind: 'text' }>, packer: Packer): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const body = packer.add({ ...owner, name, size: bytes.byteLength, mode: 0o644, type: 'file' }).getWriter();
  if (bytes.byteLength > 0) await body.write(bytes);
  await body.close();
}
