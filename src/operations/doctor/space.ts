import { DiskError } from '../../cache/disk-errors.js';
import { formatBytes } from '../../repo/size-text.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** Less holds no model worth the name, and the run's own notes hardly. */
const leastBytes = 100e6;
/** A model of today has more. */
const fewBytes = 10e9;

export function judgeSpace(cacheDir: string, bytes: number): Finding {
  const about = { check: 'space', target: cacheDir } as const;
  const hint =
    'Free some (hub cache prune, hub cache gc), or name a cache on a larger disk: --cache-dir, HF_HUB_CACHE.';
  const message = `${formatBytes(bytes)} free`;
  const measures = { freeBytes: bytes };
  if (bytes < leastBytes) {
    const error = new DiskError('no-space', `${cacheDir}: only ${message}`, { hint });
    return { ...failed(error, about), measures };
  }
  return bytes < fewBytes
    ? warning({ ...about, message: `only ${message}`, hint, measures })
    : ok({ ...about, message, measures });
}
