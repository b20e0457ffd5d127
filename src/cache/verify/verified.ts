import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import * as z from 'zod/mini';
import { type Digest, formatDigest } from '../../repo/digest.js';
import type { Content } from '../../retention/inventory.js';
import { DiskError, isSystemError } from '../disk-errors.js';
import type { CacheFiles } from '../files.js';

/** The format that this program writes; another is left alone and counts as absent. */
const format = 1;

const recordSchema = z.object({
  format: z.literal(format),
  /** By the path below the folder, with `/`. */
  files: z.record(
    z.string(),
    z.object({
      digest: z.string(),
      size: z.number(),
      modifiedMs: z.number(),
      inode: z.string(),
      verified: z.iso.datetime(),
    }),
  ),
});

type VerifiedFiles = z.infer<typeof recordSchema>['files'];

/** Where the record is, and the folder whose files it tells of. */
interface VerifiedPlace {
  readonly root: string;
  readonly verified: string;
}

/** Which files of a repo have been read and found right, and how they looked then. */
export class VerifiedRecord {
  readonly #layout: VerifiedPlace;
  readonly #files: VerifiedFiles;
  /** A later version of this program wrote it: it is left alone. */
  readonly #isForeign: boolean;
  #hasChanged = false;

  private constructor(layout: VerifiedPlace, files: VerifiedFiles, isForeign: boolean) {
    this.#layout = layout;
    this.#files = files;
    this.#isForeign = isForeign;
  }

  static async read(layout: VerifiedPlace): Promise<VerifiedRecord> {
    let found: unknown;
    try {
      found = JSON.parse(await readFile(layout.verified, 'utf8'));
    } catch {
      // None yet, or one that a crash or another user spoilt: all is read again.
    }
    const { data } = recordSchema.safeParse(found);
    const versioned = z.object({ format: z.number() }).safeParse(found);
    const isForeign = versioned.success && versioned.data.format !== format;
    return new VerifiedRecord(layout, data?.files ?? {}, isForeign);
  }

  /** Was it found right, and does it look as it did then? */
  isUntouched(location: string, expected: Digest, content: Content): boolean {
    const known = this.#files[this.#key(location)];
    return (
      known?.digest === formatDigest(expected) &&
      known.size === content.size &&
      known.modifiedMs === content.modifiedMs &&
      known.inode === inodeNumber(content)
    );
  }

  /** Notes that a file was read and found right, and how it looked before it was. */
  add(location: string, digest: Digest, { size, modifiedMs, inode }: Omit<Content, 'links' | 'accessedMs'>): void {
    this.#hasChanged = true;
    this.#files[this.#key(location)] = {
      digest: formatDigest(digest),
      size,
      modifiedMs,
      inode: inodeNumber({ inode }),
      verified: new Date().toISOString(),
    };
  }

  forget(location: string): void {
    this.#hasChanged = true;
    Reflect.deleteProperty(this.#files, this.#key(location));
  }

  /**
   * Writes it, without the files that are gone. A cache that can't be written is verified all the same.
   *
   * @param locations  of the files that are there
   */
  async write(files: CacheFiles, locations: readonly string[]): Promise<void> {
    if (this.#isForeign || !this.#hasChanged) return;
    const here = new Set(locations.map((location) => this.#key(location)));
    const left = Object.fromEntries(Object.entries(this.#files).filter(([key]) => here.has(key)));
    try {
      await files.replace(this.#layout.verified, `${JSON.stringify({ format, files: left })}\n`);
    } catch (error) {
      const isRefusal = isSystemError(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOSPC', 'EDQUOT');
      if (!isRefusal && !(error instanceof DiskError)) throw error;
    }
  }

  #key(location: string): string {
    return relative(this.#layout.root, location).replaceAll(sep, '/');
  }
}

/** Without the device, whose number changes from one mount to the next. */
function inodeNumber({ inode }: Pick<Content, 'inode'>): string {
  return inode.slice(inode.indexOf(':') + 1);
}
