import { relative, sep } from 'node:path';
import { parseRepoFolder } from '../cache/inventory/take-inventory.js';
import type { HubEvent } from '../events.js';
import { repoPath } from '../repo/reference.js';

/** Warns of a blob with other bytes than its name says; of one in a repo of the cache, with the command that mends it. */
export function damagedBlob(path: string, { cacheDir, message }: { cacheDir: string; message: string }): HubEvent {
  const repo = parseRepoFolder(relative(cacheDir, path).split(sep, 1)[0] ?? '');
  const hint = repo === undefined ? {} : { hint: `To mend it: hub cache verify ${repoPath(repo)} --repair` };
  return { type: 'warning', code: 'damaged-blob', message, ...hint };
}
