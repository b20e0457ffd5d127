import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file that may be the one that is looked for. */
export interface FoundFile {
  readonly path: string;
  /** It bears the name that is looked for: other bytes than expected are a fault of its own. */
  readonly isNamed: boolean;
}

/** Many files of one size can't all be read for each that is looked for. */
const mostGuesses = 8;

/** The files of a folder of the user's, by name and by size. Links are followed; what is no file, or can't be read, is left out. */
export class FolderFiles {
  readonly #folder: string;
  readonly #sizes = new Map<string, number>();
  readonly #bySize = new Map<number, string[]>();

  /** @param folder  absolute */
  constructor(folder: string) {
    this.#folder = folder;
    this.#look('');
  }

  /** Where a file of a repo may be: under its own name, else any of its size. The likeliest first. */
  find({ path, size }: { path: string; size: number }): FoundFile[] {
    const isNamed = this.#sizes.get(path) === size;
    // Small files of one size are many, and cost a request less than a search.
    const others = size < leastGuessedBytes ? [] : (this.#bySize.get(size) ?? []).filter((other) => other !== path);
    return [
      ...(isNamed ? [{ path: join(this.#folder, path), isNamed }] : []),
      ...others.slice(0, mostGuesses).map((other) => ({ path: join(this.#folder, other), isNamed: false })),
    ];
  }

  sizeOf(path: string): number | undefined {
    return this.#sizes.get(path);
  }

  #look(prefix: string): void {
    for (const item of namesIn(join(this.#folder, prefix))) {
      const path = `${prefix}${item.name}`;
      if (item.isDirectory()) {
        if (!ownFolders.has(path)) this.#look(`${path}/`);
        continue;
      }
      const size = fileSize(join(this.#folder, path));
      if (size === undefined) continue;
      this.#sizes.set(path, size);
      const ofSize = this.#bySize.get(size);
      if (ofSize === undefined) this.#bySize.set(size, [path]);
      else ofSize.push(path);
    }
  }
}

const leastGuessedBytes = 1024;

/** What tools keep beside a repo's files. */
const ownFolders = new Set(['.git', '.cache/huggingface']);

function namesIn(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    return [];
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined for what is no file that can be reached. */
export function fileSize(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}
