import { posix } from 'node:path';
import type { WeightFormat } from './weights/rules.js';
import { readWeightFile } from './weights/weight-file.js';

/** Files that go together, and what they weigh. */
export interface SizeGroup {
  /** With its dot; empty for names that have none. */
  readonly extension: string;
  readonly files: number;
  readonly bytes: number;
}

/** A model's weights that are stored alike. Bytes. */
export interface WeightsGroup {
  readonly format: WeightFormat;
  readonly files: number;
  readonly bytes: number;
}

/** What a model's weights weigh by what they are stored as, the heaviest first. */
export function weightsByFormat(files: readonly { readonly path: string; readonly size: number }[]): WeightsGroup[] {
  const groups = new Map<WeightFormat, WeightsGroup>();
  for (const { path, size } of files) {
    const format = readWeightFile(path)?.format;
    if (format === undefined) continue;
    const group = groups.get(format) ?? { format, files: 0, bytes: 0 };
    groups.set(format, { format, files: group.files + 1, bytes: group.bytes + size });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes || (a.format < b.format ? -1 : 1));
}

/** What a repo's files weigh by their extension, the heaviest first. */
export function sizesByExtension(files: readonly { readonly path: string; readonly size: number }[]): SizeGroup[] {
  const groups = new Map<string, SizeGroup>();
  for (const { path, size } of files) {
    const extension = posix.extname(path);
    const group = groups.get(extension) ?? { extension, files: 0, bytes: 0 };
    groups.set(extension, { extension, files: group.files + 1, bytes: group.bytes + size });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes || (a.extension < b.extension ? -1 : 1));
}
