import type { RepoLayout } from '../cache/layout.js';
import { listPartials, recordedBytesOf } from '../cache/partials.js';
import type { ListedFile } from '../repo/listing.js';

/** What unfinished downloads have of the selected files, by digest: of several of one file the fullest. */
export async function partialBytes(layout: RepoLayout, selected: readonly ListedFile[]): Promise<Map<string, number>> {
  const found = await listPartials(layout);
  const byHex = new Map(found.length === 0 ? [] : selected.map((file) => [file.digest.hex, file]));
  const bytes = new Map<string, number>();
  for (const partial of found) {
    const file = byHex.get(partial.hex);
    const recorded = file === undefined ? undefined : await recordedBytesOf(partial, file);
    bytes.set(partial.hex, Math.max(recorded ?? 0, bytes.get(partial.hex) ?? 0));
  }
  return bytes;
}
