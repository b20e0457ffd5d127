import { repoPath } from '../repo/reference.js';
import type { Entry } from './entry.js';

/** A key of TOML and its value. */
export type Field = readonly [key: string, value: string | true | readonly string[]];

/** What an entry asks for beyond a repo and a revision, always in this order. What is as it is by default is left out. */
export function filterFields({ paths, include, exclude, weights, dataset, localDir }: Entry): Field[] {
  const fields: [string, Field[1] | undefined][] = [
    ['paths', paths],
    ['include', include],
    ['exclude', exclude],
    ['framework', weights?.framework === 'all' ? undefined : weights?.framework],
    ['variant', weights?.variant],
    ['quant', weights?.quant],
    ['subsets', dataset?.subsets],
    ['splits', dataset?.splits],
    ['parquet', dataset?.parquet === true ? true : undefined],
    ['local-dir', localDir],
  ];
  return fields.flatMap(([key, value]) => (value === undefined || isEmptyList(value) ? [] : [[key, value] as const]));
}

function isEmptyList(value: Field[1]): boolean {
  return typeof value === 'object' && value.length === 0;
}

/** The same for two entries that ask for the same, and for no others. */
export function entryKey(entry: Entry): string {
  return JSON.stringify(orderOf(entry));
}

/** By repo, revision and filters: an order that no clock and no file gives, so that two branches write alike. */
export function compareEntries(a: Entry, b: Entry): number {
  const others = orderOf(b);
  for (const [index, mine] of orderOf(a).entries()) {
    const order = compareText(mine, others[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** By code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orderOf(entry: Entry): string[] {
  return [repoPath(entry.repo), entry.revision, JSON.stringify(filterFields(entry))];
}
