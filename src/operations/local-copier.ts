import { randomBytes } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isReadable } from '../cache/disk-errors.js';
import type { Leases } from '../cache/leases.js';
import { reflink } from '../cache/one-file.js';
import { HubError } from '../errors.js';
import { readContent } from '../local-dir/content.js';
import { copyBytesOf } from '../local-dir/copy.js';
import type { JudgedFile, LocalFolder } from '../local-dir/local-folder.js';
import { formatDigest, sameDigest } from '../repo/digest.js';
import type { ListedFile } from '../repo/listing.js';
import type { OperationContext } from './context.js';
import { damagedBlob } from './damaged-blob.js';
import type { CopySource } from './plan-local.js';

export interface LocalCopierOptions {
  readonly folder: LocalFolder;
  /** The random id of this process's work. */
  readonly writer: string;
  /** Asked once, before the first copy that takes room. @throws DiskError  there is none */
  readonly requireRoom: () => Promise<void>;
  readonly context: OperationContext;
}

/**
 * Copies files into a local folder: as a reflink where the disk can, never as a hard link, since people edit there. What
 * appears in its place is whole and on the disk.
 */
export class LocalCopier {
  readonly #options: LocalCopierOptions;
  /** The first file that can't be one tells that none can. */
  #reflinks = true;
  #room: Promise<void> | undefined;

  constructor(options: LocalCopierOptions) {
    this.#options = options;
  }

  /**
   * @returns false where the other file is not what it should be, or can't be read
   * @throws LocalFilesKept  the user has changed what stands there
   * @throws HubError  the signal's reason, or our own disk's refusal
   */
  async copy(file: ListedFile, judged: JudgedFile, source: CopySource): Promise<boolean> {
    const { folder, writer } = this.#options;
    const temporary = join(folder.layout.state.partials, `${writer}.${randomBytes(8).toString('hex')}.copy`);
    try {
      await this.#copyBytes(source.path, temporary);
      if (!(await this.#isRight(temporary, file, source))) return false;
      await folder.put(file, judged, temporary);
      return true;
    } catch (error) {
      if (error instanceof HubError || isReadable(source.path)) throw error;
      return false;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #copyBytes(source: string, target: string): Promise<void> {
    const { folder, requireRoom, context } = this.#options;
    if (this.#reflinks) {
      const handle = await reflink(source, target, folder.files);
      await handle?.close();
      if (handle !== undefined) return;
      this.#reflinks = false;
    }
    await (this.#room ??= requireRoom());
    await copyBytesOf(source, target, { files: folder.files, signal: context.signal });
  }

  async #isRight(copy: string, { path, size, digest }: ListedFile, source: CopySource): Promise<boolean> {
    const { tell, signal, settings } = this.#options.context;
    const handle = await open(copy, 'r+');
    try {
      if ((await handle.stat()).size !== size) return false;
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (source.isTrusted) return true;
    const { digests } = await readContent(copy, [digest.algorithm], signal);
    if (digests.some((actual) => sameDigest(actual, digest))) return true;
    const message = `${source.path} is damaged: it is not ${formatDigest(digest)}, and was not used for ${path}`;
    tell(damagedBlob(source.path, { cacheDir: settings.cacheDir, message }));
    return false;
  }
}

/** Of processes that died while they copied. */
export async function clearAbandonedCopies(partials: string, leases: Leases): Promise<void> {
  const copies = (await readdir(partials)).filter((name) => /^[0-9a-f]{16}\.[0-9a-f]{16}\.copy$/.test(name));
  if (copies.length === 0) return;
  const living = await leases.livingWriters();
  for (const name of copies) {
    if (!living.has(name.slice(0, 16))) await rm(join(partials, name), { force: true });
  }
}
