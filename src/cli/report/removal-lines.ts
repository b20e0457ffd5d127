import type { KeptThing, RemovalResult, RemovedThing } from '../../operations/removal-result.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatBytes } from '../text.js';

/** Columns of the sizes and of the gap behind them. */
export function removalIndent({ removed }: RemovalResult): number {
  return Math.max(0, ...removed.map(({ bytes }) => formatBytes(bytes).length)) + 2;
}

/** What goes, as a table: what, how much it frees, and what of it stays. */
export function removalTable(result: RemovalResult): string[] {
  const indent = removalIndent(result);
  return result.removed.flatMap((thing) => [
    `${formatBytes(thing.bytes).padStart(indent - 2)}  ${nameOf(thing)}`,
    ...thing.stays.map((staying) => `${' '.repeat(indent)}${describeStaying(staying)}`),
  ]);
}

/** The result for a person. */
export function removedLines(result: RemovalResult): string[] {
  const { removed, bytesFreed, dryRun, declined } = result;
  if (declined === true) return ['nothing was removed'];
  if (removed.length === 0) return ['nothing to remove'];
  return [...removalTable(result), `${dryRun ? 'would free' : 'freed'} ${formatBytes(bytesFreed)}`];
}

function nameOf({ repo, type, what, commit, refs, file, path }: Omit<RemovedThing, 'bytes' | 'stays'>): string {
  const name = escapeControl(repoPath({ type, name: repo }));
  const short = commit?.slice(0, 10) ?? '';
  const named = refs.length === 0 ? '' : ` (${refs.map(escapeControl).join(', ')})`;
  switch (what) {
    case 'repo':
      return `${name}, all of it`;
    case 'revision':
      return `${name} ${short}${named}`;
    case 'file':
      return `${name} ${short}${named}: ${escapeControl(file ?? '')}`;
    case 'unfinished':
      return `${name}, unfinished download${short === '' ? '' : ` of ${short}`}`;
    case 'leftover':
      return `${name}, ${describeLeftover(path)}`;
  }
}

/** A blob that nothing names, or what a removal that was stopped has left of a repo. */
function describeLeftover(path: string): string {
  const blob = /[\\/]blobs[\\/]([^\\/]+)$/.exec(path)?.[1];
  return blob === undefined ? 'left by a removal that was stopped' : `blob ${blob.slice(0, 10)} that nothing names`;
}

function describeStaying({ reason, files, bytes }: RemovedThing['stays'][number]): string {
  const much = `${countOf(files, 'file')}, ${formatBytes(bytes)},`;
  const stay = files === 1 ? 'stays' : 'stay';
  switch (reason) {
    case 'needed':
      return `${much} ${stay}: another revision or download needs ${files === 1 ? 'it' : 'them'}`;
    case 'hard-linked':
      return `${much} ${stay} on the disk: another repo or folder shares ${files === 1 ? 'it' : 'them'}`;
    case 'shared-store':
      return `${much} ${stay} in Python's shared store`;
  }
}

const mostShown = 10;

/** What would have gone but for a reason, for stderr. What is young is not worth a line, and what is in use a warning. */
export function keptLines({ kept }: RemovalResult): string[] {
  const told = kept.filter(({ reason }) => reason !== 'young' && reason !== 'in-use');
  return [
    ...told.slice(0, mostShown).map((thing) => `kept: ${describeKept(thing)}`),
    ...(told.length > mostShown ? [`and ${told.length - mostShown} more are kept: --json has all`] : []),
  ];
}

export function storeLines({ store }: RemovalResult): string[] {
  if (store === undefined) return [];
  return [
    `${formatBytes(store.bytes)} in Python's shared store ${escapeControl(store.path)}, to which nothing links: ` +
      `"hf cache prune" frees them`,
  ];
}

/** Why the limit of `gc` was not reached; undefined where it was, or where nobody wanted that. */
export function unreachedLimit({ limit, kept, declined }: RemovalResult): string | undefined {
  if (limit === undefined || limit.bytes === null || limit.reached || declined === true) return undefined;
  const holding = [...kept].sort((a, b) => b.bytes - a.bytes);
  const named = holding.slice(0, 5).map((thing) => `${describeKept(thing)}, ${formatBytes(thing.bytes)}`);
  const more = holding.length > 5 ? [`and ${String(holding.length - 5)} more`] : [];
  const because =
    named.length === 0 ? "Python's shared store and broken files are not for gc" : [...named, ...more].join('; ');
  return `the cache takes ${formatBytes(limit.bytesAfter)}, more than ${formatBytes(limit.bytes)}: ${because}`;
}

function describeKept({ repo, type, what, commit, path, reason, holder }: KeptThing): string {
  const thing = nameOf({ repo, type, what, commit, path, refs: [], file: null });
  return `${thing} (${reasons[reason]}${holder === undefined ? '' : ` by ${escapeControl(holder)}`})`;
}

const reasons: Readonly<Record<KeptThing['reason'], string>> = {
  'in-use': 'in use',
  'recently-used': 'used within the grace: --grace',
  young: 'not old enough',
  'somebody-at-work': 'younger than an hour, so somebody may be at work on it',
  'asked-for': '--keep',
  locked: '--keep-lock',
  'used-since': 'used just now',
};
