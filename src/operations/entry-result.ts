import type { RepoType } from '../repo/reference.js';
import type { Entry } from '../workspace/entry.js';

/** What a `[[repo]]` of a hub.toml asks for, as documents show it: defaults and all. */
export interface EntryResult extends Omit<Entry, 'repo'> {
  readonly repo: string;
  readonly type: RepoType;
}

export function entryResult({ repo, ...rest }: Entry): EntryResult {
  return { repo: repo.name, type: repo.type, ...rest };
}
