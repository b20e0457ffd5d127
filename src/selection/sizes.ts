import { posix } from 'node:path';

/** Files that go together, and what they weigh. */
export interface SizeGroup {
  /** With its dot; empty for names that have none. */
  readonly extension: string;
  readonly files: number;
  readonly bytes: number;
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
