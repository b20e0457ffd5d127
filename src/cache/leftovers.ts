import { rm } from 'node:fs/promises';
import type { ListedFile } from '../repo/listing.js';
import { tolerateForeign } from './disk-errors.js';
import type { Leases } from './leases.js';
import { type FoundPartial, recordedBytesOf } from './partials.js';

/**
 * Clears away what processes left that were killed between two of their last steps, and that no fetching of its own would
 * find: their leases, and partials of files that are there by now.
 *
 * @param partials  what there is of anybody's
 * @param selected  of other files it is not known whether they are whole
 */
export async function clearLeftovers<File extends Pick<ListedFile, 'digest' | 'size'>>(
  leases: Leases,
  {
    partials,
    selected,
    isWhole,
  }: {
    partials: readonly FoundPartial[];
    selected: readonly File[];
    isWhole: (file: File) => boolean;
  },
): Promise<void> {
  await leases.clearForgotten();
  if (partials.length === 0) return;
  const listed = new Map(selected.map((file) => [file.digest.hex, file]));
  const needless: FoundPartial[] = [];
  for (const partial of partials) {
    const file = listed.get(partial.hex);
    if (file === undefined || !isWhole(file)) continue;
    // One of another version is left alone: it is not known what it means.
    if ((await recordedBytesOf(partial, file)) !== undefined) needless.push(partial);
  }
  if (needless.length === 0) return;
  const living = await leases.livingWriters();
  for (const { path, writer } of needless) {
    if (!living.has(writer)) await rm(path, { recursive: true, force: true }).catch(tolerateForeign);
  }
}
