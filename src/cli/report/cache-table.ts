import type { CacheListing, ListedRepo, ListedRevision } from '../../operations/list-cache.js';
import { repoPath } from '../../repo/reference.js';
import { displayWidth, padColumns, truncateEnd, truncateMiddle } from '../columns.js';
import { countOf, escapeControl, formatAgo, formatBytes } from '../text.js';

export interface TableOptions {
  readonly revisions: boolean;
  /** Of the terminal; undefined where nobody looks at one: then nothing is shortened. */
  readonly columns: number | undefined;
  readonly nowMs: number;
}

type Row = readonly [name: string, size: string, share: number, used: string, notes: string];

/** The cache as a person reads it: a line for each repo, a bar for its share of the whole, and the total. */
export function cacheTable(listing: CacheListing, options: TableOptions): string {
  const { repos, totals, cacheDir } = listing;
  if (repos.length === 0) return `nothing in ${escapeControl(cacheDir)}`;
  const rows = repos.flatMap((repo) => [
    repoRow(repo, listing, options),
    ...(options.revisions ? repo.revisions.map((revision) => revisionRow(revision, listing, options)) : []),
  ]);
  const partial = totals.bytesPartial === 0 ? '' : `, ${formatBytes(totals.bytesPartial)} of it unfinished`;
  const shared = totals.bytesShared === 0 ? '' : `, ${formatBytes(totals.bytesShared)} shared and counted once`;
  const shown = repos.length === totals.repos ? '' : `${repos.length} of `;
  const total =
    `${shown}${countOf(totals.repos, 'repo')}, ${countOf(totals.revisions, 'revision')}, ` +
    `${formatBytes(totals.bytes)}${partial}${shared}`;
  return [...layOut(rows, options.columns), '', `${total}, in ${escapeControl(cacheDir)}`].join('\n');
}

function repoRow(repo: ListedRepo, { totals }: CacheListing, { nowMs }: TableOptions): Row {
  const name = escapeControl(repoPath({ type: repo.type, name: repo.repo }));
  return [
    name,
    formatBytes(repo.bytes),
    totals.bytes === 0 ? 0 : repo.bytes / totals.bytes,
    repo.lastUsed === null ? 'never' : formatAgo(nowMs - Date.parse(repo.lastUsed)),
    notesOf(repo).join(', '),
  ];
}

function revisionRow(revision: ListedRevision, { totals }: CacheListing, { nowMs }: TableOptions): Row {
  return [
    `  ${revision.commit.slice(0, 10)}`,
    formatBytes(revision.bytes),
    totals.bytes === 0 ? 0 : revision.bytes / totals.bytes,
    formatAgo(nowMs - Date.parse(revision.lastUsed)),
    revision.refs.length === 0 ? countOf(revision.files, 'file') : revision.refs.map(escapeControl).join(' '),
  ];
}

function notesOf(repo: ListedRepo): string[] {
  const { refs, revisions, bytesShared, partials, findings } = repo;
  const named = refs.map(({ name }) => name);
  const nameless = revisions.filter(({ refs: its }) => its.length === 0).length;
  const broken = findings.filter(({ kind }) => kind === 'broken').length;
  return [
    ...(named.length === 0 ? [] : [named.slice(0, 3).map(escapeControl).join(' ') + (named.length > 3 ? ' …' : '')]),
    ...(nameless === 0 ? [] : [`${countOf(nameless, 'revision')} without a ref`]),
    ...(partials.length === 0
      ? []
      : [`${formatBytes(partials.reduce((sum, it) => sum + it.bytesHere, 0))} unfinished`]),
    ...(bytesShared === 0 ? [] : [`${formatBytes(bytesShared)} shared`]),
    ...(broken === 0 ? [] : [`${broken} broken`]),
  ];
}

const header = ['REPO', 'SIZE', '', 'LAST USED', 'REFS'] as const;
const gap = '  ';

/** Columns as wide as what they hold; on a terminal the names give way first, then the notes. */
function layOut(rows: readonly Row[], columns: number | undefined): string[] {
  const widthOf = (pick: (row: Row) => string, title: string) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(pick(row))));
  const sizeWidth = widthOf(([, size]) => size, header[1]);
  const usedWidth = widthOf(([, , , used]) => used, header[3]);
  const notesWidth = widthOf(([, , , , notes]) => notes, header[4]);
  const wantedName = widthOf(([name]) => name, header[0]);
  const barWidth = barWidthAt(columns);
  const bars = barWidth === 0 ? 0 : barWidth + gap.length;
  const fixed = sizeWidth + bars + usedWidth + 3 * gap.length;
  const room = columns === undefined ? Infinity : Math.max(columns - fixed, 20);
  const nameWidth = Math.min(wantedName, Math.max(12, room - Math.min(notesWidth, Math.floor(room / 3))));
  const line = (name: string, size: string, bar: string, used: string, notes: string) =>
    [
      padColumns(truncateMiddle(name, nameWidth), nameWidth),
      size.padStart(sizeWidth),
      ...(barWidth === 0 ? [] : [padColumns(bar, barWidth)]),
      padColumns(used, usedWidth),
      truncateEnd(notes, Math.max(0, room - nameWidth)),
    ]
      .join(gap)
      .trimEnd();
  return [
    line(...header),
    ...rows.map(([name, size, share, used, notes]) => line(name, size, barOf(share, barWidth), used, notes)),
  ];
}

/** Names are worth more than bars. */
function barWidthAt(columns = Infinity): number {
  if (columns < 80) return 0;
  return columns < 100 ? 6 : 12;
}

/** Eighths of a column, so that small shares differ too; what is not nothing is never without a mark. */
function barOf(share: number, width: number): string {
  const eighths = Math.min(width * 8, share === 0 ? 0 : Math.max(1, Math.round(share * width * 8)));
  return '█'.repeat(Math.floor(eighths / 8)) + ' ▏▎▍▌▋▊▉'.charAt(eighths % 8).trim();
}

const mostFindingsShown = 10;

/** What is broken or foreign, as lines for stderr. */
export function describeFindings({ repos, findings }: CacheListing): string[] {
  const all = [...findings, ...repos.flatMap((repo) => repo.findings)];
  return [
    ...all
      .slice(0, mostFindingsShown)
      .map(({ kind, path, reason }) => `${kind}: ${escapeControl(path)}: ${escapeControl(reason)}`),
    ...(all.length > mostFindingsShown ? [`and ${all.length - mostFindingsShown} more: --json has all`] : []),
  ];
}
