import type { CacheFiles } from '../cache/files.js';
import { noteRequest } from '../cache/records.js';
import type { Wanted } from './prepare.js';

/** Notes what is asked for in the cache's own records, before and after it is brought. */
export async function noteWanted(
  { layout, commit, revision, selected, listing }: Wanted,
  files: CacheFiles,
  state: 'begun' | 'completed',
): Promise<void> {
  const asked = selected.length === listing?.files.length ? ('all' as const) : selected.map(({ path }) => path);
  await noteRequest(layout, files, { commit, request: { revision, files: asked }, state, now: new Date() });
}
