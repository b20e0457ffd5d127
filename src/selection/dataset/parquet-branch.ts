import { parquetRevision } from '../../repo/dataset-choice.js';
import { DatasetUnreadable } from './errors.js';
import type { DatasetLayout, Split } from './layout.js';

/**
 * What the branch of the parquet copy holds: `<subset>/<split>/0000.parquet`, where the split's folder may be `partial-<split>` (a part of
 * the whole) and `<split>-part3` (beyond 9999 files), as dataset-viewer's parquet_utils.py names them.
 *
 * @throws DatasetUnreadable  none of its files is named so
 */
export function readParquetLayout<File extends { readonly path: string }>(files: readonly File[]): DatasetLayout<File> {
  const subsets = new Map<string, Map<string, File[]>>();
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const place = placeOf(file.path);
    if (place === undefined) continue;
    const splits = subsets.get(place.subset) ?? new Map<string, File[]>();
    subsets.set(place.subset, splits);
    splits.set(place.split, [...(splits.get(place.split) ?? []), file]);
  }
  if (subsets.size === 0) throw new DatasetUnreadable(`${parquetRevision} holds no <subset>/<split>/0000.parquet`);
  const names = [...subsets.keys()];
  return {
    subsets: names,
    defaultSubset: names.length === 1 ? names[0] : names.find((name) => name === 'default'),
    splitsOf: (subset) => [...(subsets.get(subset) ?? [])].map(([name, files]): Split<File> => ({ name, files })),
    folders: [],
    optionsOf: () => ({}),
  };
}

function placeOf(path: string): { subset: string; split: string } | undefined {
  const [subset, folder, name, ...more] = path.split('/');
  if (subset === undefined || folder === undefined || name === undefined || more.length > 0) return undefined;
  if (!/^\d{4}\.parquet$/.test(name)) return undefined;
  return { subset, split: folder.replace(/^partial-/, '').replace(/-part\d$/, '') };
}
