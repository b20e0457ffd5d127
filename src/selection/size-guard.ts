import type { RepoType } from '../repo/reference.js';

interface Guarded {
  readonly type: RepoType;
  /** By paths or by globs to include: then a person knows what is asked for. */
  readonly namesFiles: boolean;
  /** How many there are among the files; none where one was chosen. */
  readonly quantisations: number;
  readonly bytesToFetch: number;
  /** In bytes. */
  readonly sizeGuard: number;
}

/** Whether so much should only be fetched after a yes: a dataset, or a model several times over, can be a surprise. */
export function isGuarded({ type, namesFiles, quantisations, bytesToFetch, sizeGuard }: Guarded): boolean {
  if (namesFiles || bytesToFetch <= sizeGuard) return false;
  return type === 'dataset' || quantisations > 1;
}
