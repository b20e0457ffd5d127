import type { Shard, WeightFile } from './weight-file.js';

/**
 * The shards that the numbering of some files promises (`-00003-of-00072`) and a listing lacks: their paths.
 *
 * @param weights  of which files the sets must be whole
 * @param paths  all that the commit has
 */
export function missingShards(weights: readonly WeightFile[], paths: ReadonlySet<string>): string[] {
  const sets = new Map<string, Shard>();
  for (const { shard } of weights)
    if (shard !== undefined) sets.set(JSON.stringify([shard.before, shard.after]), shard);
  const missing: string[] = [];
  for (const shard of sets.values()) {
    for (const path of promised(shard, paths)) if (!paths.has(path)) missing.push(path);
    if (missing.length >= mostMissing) break;
  }
  return missing;
}

/** More need not be known. */
const mostMissing = 1000;

/** No repo has so many; a name that says so is not believed. */
const maxShards = 10_000;

function promised({ number, of, before, after }: Shard, paths: ReadonlySet<string>): string[] {
  const total = Number(of);
  if (total > maxShards) return [];
  const nth = (index: number) => `${before}${String(index).padStart(number.length, '0')}${after}`;
  // TensorFlow counts from 0.
  const first = paths.has(nth(0)) ? 0 : 1;
  return Array.from({ length: total }, (_, index) => nth(index + first));
}

/** Shards, and their index, beside the same weights in one file, which loaders take: what an older upload left. */
export function leftoverShards(weights: readonly WeightFile[]): Set<WeightFile> {
  const inSets = weights.filter(({ format }) => format === 'safetensors' || format === 'pytorch');
  const setOf = ({ component, format, name, flavour }: WeightFile) =>
    JSON.stringify([component, format, name, flavour ?? null]);
  const whole = new Set(inSets.filter(({ shard, isIndex }) => shard === undefined && !isIndex));
  const wholeSets = new Set([...whole].map(setOf));
  return new Set(inSets.filter((file) => !whole.has(file) && wholeSets.has(setOf(file))));
}
