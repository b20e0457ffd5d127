import { type Stats, closeSync, openSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isSystemError } from './disk-errors.js';
import { refuseForeignLinks } from './foreign-links.js';

/**
 * Makes files and folders with the modes that a shared cache needs: the umask's, and where the cache root is open to
 * group or others, the root's bits for those too (as git's `core.sharedRepository`).
 */
export class CacheFiles {
  readonly #root: string;
  #extra: { file: number; folder: number } | undefined;

  constructor(cacheDir: string) {
    this.#root = cacheDir;
  }

  /** For a folder of the user's own, whose mode says nothing of its files': they get the umask's. */
  static withUmask(folder: string): CacheFiles {
    const files = new CacheFiles(folder);
    files.#extra = { file: 0, folder: 0 };
    return files;
  }

  /**
   * Makes a folder and those above it. One that is there already keeps its mode.
   *
   * @throws DiskError  somebody else's link is on the way
   */
  async makeFolder(path: string): Promise<void> {
    refuseForeignLinks(this.#root, path);
    const firstMade = await makeAll(path);
    if (firstMade === undefined) return;
    for (let made = path; made.length >= firstMade.length; made = dirname(made)) {
      if (made !== this.#root) await this.#openUp(made, this.#extraBits().folder);
    }
  }

  /** Creates a file that must not be there yet, for reading and writing. The caller closes it. */
  async create(path: string): Promise<FileHandle> {
    const handle = await open(path, 'wx+');
    try {
      await this.#openUp(path, this.#extraBits().file);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /**
   * Creates a file that must not be there yet with its text, in one breath: a process that is killed leaves no empty one.
   *
   * @returns a descriptor, which the caller closes
   */
  async createWith(path: string, text: string): Promise<number> {
    const descriptor = openSync(path, 'wx+');
    try {
      writeSync(descriptor, text);
      await this.#openUp(path, this.#extraBits().file);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Replaces a file as a whole: readers see the old text or the new one, never a part. */
  async replace(path: string, text: string, temporaryFolder = dirname(path)): Promise<void> {
    const temporary = join(temporaryFolder, `.tmp-${randomBytes(8).toString('hex')}`);
    await this.makeFolder(dirname(path));
    try {
      await writeFile(temporary, text, { flag: 'wx' });
      await this.#openUp(temporary, this.#extraBits().file);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async #openUp(path: string, extra: number): Promise<void> {
    if (extra === 0) return;
    const { mode } = statSync(path);
    if ((mode & extra) === extra) return;
    try {
      await chmod(path, (mode & 0o7777) | extra);
    } catch (error) {
      // A file system without modes, or a folder that another user made this very moment.
      if (!isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP')) throw error;
    }
  }

  #extraBits(): { file: number; folder: number } {
    return (this.#extra ??= extraBits(rootStats(this.#root)));
  }
}

/** Makes a folder and those above it; gives the topmost that was not there. */
async function makeAll(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT') || dirname(path) === path) throw error;
    // Node's way with a read-only disk is to say that the folder is missing: made alone, it says why.
    const firstMade = await makeAll(dirname(path));
    await mkdir(path);
    return firstMade ?? path;
  }
}

/** What the root's mode adds to the umask's. */
function extraBits(root: Stats | undefined): { file: number; folder: number } {
  if (root === undefined || process.platform === 'win32') return { file: 0, folder: 0 };
  const setGroupId = 0o2000;
  return { file: root.mode & 0o066, folder: root.mode & (0o077 | setGroupId) };
}

function rootStats(root: string): Stats | undefined {
  return statSync(root, { throwIfNoEntry: false });
}
