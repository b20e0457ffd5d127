import type { Blob, CachedRepo, Content, Entry, PartialFile } from './inventory.js';
import type { Part } from './parts.js';

/** What goes with a part, and what of it stays. Bytes. */
export interface Taken {
  readonly blobs: Blob[];
  readonly partials: PartialFile[];
  /** Names that go besides those of blobs: files of a revision that are no links. */
  readonly names: Content[];
  /** Blobs that something else in the repo needs. */
  readonly needed: Blob[];
}

/** Who in a repo needs which blob and which partial file: what is taken away frees what nobody needs any more. */
export class Ledger {
  readonly #repo: CachedRepo;
  readonly #needs = new Map<string, number>();
  readonly #partials: ReadonlyMap<string, PartialFile>;

  constructor(repo: CachedRepo) {
    this.#repo = repo;
    this.#partials = new Map(repo.partials.map((partial) => [partial.path, partial]));
    for (const { entries } of [...repo.revisions, ...repo.discarded]) {
      for (const { blob } of entries) if (blob !== undefined) this.#count(blob);
    }
    for (const { blobs, partials } of repo.requests) for (const name of [...blobs, ...partials]) this.#count(name);
  }

  take(part: Part): Taken {
    switch (part.kind) {
      case 'revision':
        return this.takeEntries(part.revision.entries);
      case 'unfinished': {
        const taken = nothing();
        for (const { blobs, partials } of part.requests) {
          for (const name of blobs) this.#takeBlob(name, taken);
          for (const path of partials) this.#takePartial(path, taken);
        }
        return taken;
      }
      case 'partial':
        return { ...nothing(), partials: [part.partial] };
      case 'blob':
        return { ...nothing(), blobs: [part.blob] };
    }
  }

  takeEntries(entries: readonly Entry[]): Taken {
    const taken = nothing();
    for (const { blob, isLink, content } of entries) {
      if (!isLink) taken.names.push(content);
      if (blob !== undefined) this.#takeBlob(blob, taken);
    }
    // A blob that two files of the revision have was still needed when the first of them went.
    const gone = new Set(taken.blobs);
    return { ...taken, needed: [...new Set(taken.needed)].filter((blob) => !gone.has(blob)) };
  }

  #takeBlob(name: string, taken: Taken): void {
    const blob = this.#repo.blobs.get(name);
    if (blob === undefined) return;
    (this.#release(name) ? taken.blobs : taken.needed).push(blob);
  }

  #takePartial(path: string, taken: Taken): void {
    const partial = this.#partials.get(path);
    if (partial !== undefined && this.#release(path)) taken.partials.push(partial);
  }

  #count(key: string): void {
    this.#needs.set(key, (this.#needs.get(key) ?? 0) + 1);
  }

  #release(key: string): boolean {
    const left = (this.#needs.get(key) ?? 0) - 1;
    this.#needs.set(key, left);
    return left === 0;
  }
}

function nothing(): Taken {
  return { blobs: [], partials: [], names: [], needed: [] };
}
