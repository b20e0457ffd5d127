import type * as z from 'zod/mini';
import type { Answer } from '../net/ask.js';
import { foreignText, publicUrl } from '../net/foreign-text.js';
import type { CommitHash, ListedFile } from '../repo/listing.js';
import type { RepoId } from '../repo/reference.js';
import { treeUrl } from './addresses.js';
import { UnexpectedAnswer } from './errors.js';
import { followPage, nextPage } from './page-link.js';
import { treePageSchema } from './schemas.js';

/** Far beyond any real repo; what a server can make us hold in memory must end somewhere. */
const mostEntries = 1_000_000;
const mostPages = 10_000;
/** Of all paths together, in UTF-16 units. */
const mostPathLength = 128 * 1024 * 1024;

export interface TreeOptions {
  readonly endpoint: URL;
  readonly repo: RepoId;
  readonly commit: CommitHash;
  readonly onPage: (filesSoFar: number) => void;
  readonly askPage: (
    url: URL,
    schema: typeof treePageSchema,
  ) => Promise<{ value: z.output<typeof treePageSchema>; answer: Answer }>;
}

/**
 * All files of a commit, over as many pages as there are.
 *
 * @throws UnexpectedAnswer  a page link that leads elsewhere or in a circle, or more than can be real
 */
export async function listPages({ endpoint, repo, commit, onPage, askPage }: TreeOptions): Promise<ListedFile[]> {
  const first = treeUrl(endpoint, repo, commit);
  const routes = [first.pathname, treeUrl(new URL(endpoint.origin), repo, commit).pathname];
  const files: ListedFile[] = [];
  const seen = new Set<string>();
  let entries = 0;
  let pathLength = 0;
  for (let url = first; ;) {
    const { value, answer } = await askPage(url, treePageSchema);
    entries += value.length;
    for (const file of value) {
      if (file === undefined) continue;
      files.push(file);
      pathLength += file.path.length;
    }
    onPage(files.length);

    const link = nextPage(answer.header('link'));
    if (link === undefined) return files;
    const refuse = (problem: string): UnexpectedAnswer =>
      new UnexpectedAnswer({ host: answer.url.host, url: publicUrl(answer.url), field: 'Link', problem });
    const home = answer.url.origin === endpoint.origin ? answer.url : first;
    const next = followPage(link, { base: answer.url, home, routes });
    if (next === undefined) throw refuse(`leads elsewhere: ${foreignText(link.replace(/[?#].*$/s, ''))}`);
    seen.add(url.href);
    if (seen.has(next.href)) throw refuse('leads back to a page that was read before');
    if (seen.size >= mostPages || entries >= mostEntries || pathLength > mostPathLength)
      throw refuse(`goes on after ${entries} entries`);
    url = next;
  }
}
