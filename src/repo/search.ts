import type { RepoType } from './reference.js';

/** Of a hub there is no list of kernels. */
export type SearchedType = Exclude<RepoType, 'kernel'>;

/** Which repos are looked for. */
export interface RepoSearch {
  readonly type: SearchedType;
  /** Parts of their names; empty for any. */
  readonly words: string;
  /** Of this user or organisation alone. */
  readonly author?: string;
  /** At most so many. */
  readonly limit: number;
}
