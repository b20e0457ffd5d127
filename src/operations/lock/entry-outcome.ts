import type { HubError } from '../../errors.js';
import type { ListedFile } from '../../repo/listing.js';
import type { Entry, LockedEntry } from '../../workspace/entry.js';
import type { PinnedEntry } from '../../workspace/lock-changes.js';

/** What came of one entry. */
export type EntryOutcome =
  | { readonly state: 'locked'; readonly entry: LockedEntry; readonly bytesFetched: number }
  /** Selected, and nothing was fetched: `unread` are contents whose sha-256 only a fetch would tell. */
  | { readonly state: 'selected'; readonly entry: PinnedEntry; readonly unread: readonly ListedFile[] }
  | { readonly state: 'failed'; readonly entry: Entry; readonly error: HubError };
