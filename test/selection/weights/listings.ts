import { readFileSync } from 'node:fs';

export interface RealListing {
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** fixtures/real-listings.txt; an unknown size counts nothing. */
export const realListings: readonly RealListing[] = readFileSync('fixtures/real-listings.txt', 'utf8')
  .split('\n## ')
  .slice(1)
  .map((text) => {
    const [head = '', ...lines] = text.trim().split('\n');
    const [repo = '', commit = ''] = head.split(' ');
    const files = lines.map((line) => {
      const [, size = '', path = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      return { path, size: size === '-' ? 0 : Number(size) };
    });
    return { repo, commit, files };
  });

/** @param name  of the repo, with the beginning of its commit where there are two */
export function realListing(name: string): RealListing {
  const [repo, commit = ''] = name.split(' ');
  const found = realListings.find((listing) => listing.repo === repo && listing.commit.startsWith(commit));
  if (found === undefined) throw new Error(`no listing of ${name}`);
  return found;
}
