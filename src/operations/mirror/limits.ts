/** What a run may take at most. Bytes. */
export interface Limits {
  /** Of the wanted files of one repo. */
  readonly maxRepoSize: number | undefined;
  /** Fetched by the run. */
  readonly maxTotal: number | undefined;
  /** That stay free on the disk. */
  readonly reserve: number | undefined;
}

/** Why a repo is left out: the flag that says so. */
export type LimitReached = 'max-repo-size' | 'max-total' | 'reserve';

/** A repo that is about to be brought. Bytes. */
export interface Weighed {
  /** All its wanted files together. */
  readonly bytes: number;
  readonly bytesToFetch: number;
  readonly bytesToWrite: number;
}

/** @param promised  what those before it have fetched and will fetch, and what the disk has free when they are done */
export function limitReached(
  limits: Limits,
  repo: Weighed,
  promised: { readonly bytesFetched: number; readonly freeBytes: number },
): LimitReached | undefined {
  const { maxRepoSize = Infinity, maxTotal = Infinity, reserve } = limits;
  if (repo.bytesToFetch === 0) return undefined;
  if (repo.bytes > maxRepoSize) return 'max-repo-size';
  if (promised.bytesFetched + repo.bytesToFetch > maxTotal) return 'max-total';
  return reserve !== undefined && promised.freeBytes - repo.bytesToWrite < reserve ? 'reserve' : undefined;
}
