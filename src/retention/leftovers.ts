import type { CachedRepo } from './inventory.js';
import { type Problem, digestOfBlobName } from './verification.js';

/**
 * What is left of downloads of files that are whole: nobody will go on with it. An unfinished file whose blob is not there
 * is work, and no business of a verification.
 */
export function leftoverPartials({ partials, blobs }: CachedRepo): Problem[] {
  return partials
    .filter(({ blob }) => blob === undefined || blobs.has(blob))
    .map(({ path, blob, size, tool }) => ({
      state: 'partial',
      path: undefined,
      revisions: [],
      location: path,
      digest: blob === undefined ? undefined : digestOfBlobName(blob),
      size,
      reason: `left by a download of ${tool === 'hub' ? 'hub' : 'huggingface_hub'}${blob === undefined ? '' : ', whose file is whole'}`,
    }));
}
