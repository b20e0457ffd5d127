import type { TreeOptions } from './tree.js';

type Page = Awaited<ReturnType<TreeOptions['askPage']>>;

/**
 * What has been read of a listing. Endpoints number their pages each in its own way, so that whoever takes over begins at
 * the first one; when an endpoint is asked again it goes on where it was.
 */
export class KnownPages {
  readonly #pages = new Map<string, Page>();
  #toldFiles = -1;

  async get(url: URL, ask: () => Promise<Page>): Promise<Page> {
    const page = this.#pages.get(url.href) ?? (await ask());
    this.#pages.set(url.href, page);
    return page;
  }

  /** Never takes back what it has told. */
  tellOnce(files: number, tell: ((files: number) => void) | undefined): void {
    if (files <= this.#toldFiles) return;
    this.#toldFiles = files;
    tell?.(files);
  }
}
