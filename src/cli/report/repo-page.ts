import type { CardSummary, DescribedRefs, RepoDescription } from '../../operations/repo-info.js';
import { repoPath } from '../../repo/reference.js';
import { countOf, escapeControl, formatAgo, formatBytes, formatCount } from '../text.js';
import { wrapped } from './wrap.js';

export interface PageOptions {
  /** Of the terminal; undefined where nobody looks at one: then nothing is wrapped. */
  readonly columns: number | undefined;
  readonly nowMs: number;
}

/** A label, and the lines beside it. What is empty has no field. */
type Field = readonly [label: string, lines: readonly string[]];

/** What a hub says of a repo, as a person reads it. */
export function repoPage(info: RepoDescription, { columns, nowMs }: PageOptions): string {
  const fields: Field[] = [
    ['repo', [`${escapeControl(repoPath({ type: info.type, name: info.repo }))} (${info.type})`]],
    ['page', [info.page]],
    ...cardFields(info.card),
    ['access', [accessOf(info)]],
    ['downloads', optional(info.downloads, formatCount)],
    ['likes', optional(info.likes, formatCount)],
    ['updated', optional(info.lastModified, (time) => updatedText(time, nowMs))],
    ['revision', [`${escapeControl(info.revision)}, commit ${info.commit}`]],
    ['files', sizeLines(info)],
    ['weights', weightsLines(info)],
    ['subsets', subsetLines(info)],
    ...refFields(info.refs),
  ];
  const room = columns === undefined ? Infinity : Math.max(leastWidth, columns - labelWidth);
  return fields
    .flatMap(([label, lines]) =>
      lines
        .flatMap((line) => wrapped(line, room))
        .map((line, index) => `${(index === 0 ? label : '').padEnd(labelWidth)}${line}`),
    )
    .join('\n');
}

const labelWidth = 'pull requests'.length + 2;
const leastWidth = 20;
const mostRefsShown = 30;

function optional<T>(value: T | null, text: (value: T) => string): string[] {
  return value === null ? [] : [text(value)];
}

function cardFields({ title, task, library, languages, licenses, licenseName, licenseLink }: CardSummary): Field[] {
  const namedSo = [licenseName, licenseLink].flatMap((text) => text ?? []);
  const license = [...licenses, ...namedSo].map(escapeControl).join(', ');
  return [
    ['title', optional(title, escapeControl)],
    ['licence', [license === '' ? 'not told' : license]],
    ['task', optional(task, escapeControl)],
    ['library', optional(library, escapeControl)],
    ['languages', languages.length === 0 ? [] : [languages.map(escapeControl).join(', ')]],
  ];
}

function accessOf({ private: isPrivate, gated, disabled }: RepoDescription): string {
  const parts = [
    ...(disabled === true ? ['disabled by the hub'] : []),
    ...(isPrivate === true ? ['private'] : []),
    ...(gated === 'auto' ? ['gated: who asks is given access'] : []),
    ...(gated === 'manual' ? ['gated: its owners choose who is given access'] : []),
  ];
  if (parts.length > 0) return parts.join('; ');
  return isPrivate === null ? 'not told' : 'public';
}

/** The day is what people look for; a time that is none is shown as it came. */
function updatedText(time: string, nowMs: number): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return escapeControl(time);
  return `${new Date(ms).toISOString().slice(0, 10)} (${formatAgo(Math.max(0, nowMs - ms))})`;
}

function sizeLines({ sizes: { files, bytes, byExtension } }: RepoDescription): string[] {
  const rows = byExtension.map((group) => ({
    name: group.extension === '' ? 'others' : escapeControl(group.extension),
    size: formatBytes(group.bytes),
    files: countOf(group.files, 'file'),
  }));
  const sizeWidth = Math.max(0, ...rows.map(({ size }) => size.length));
  return [
    `${countOf(files, 'file')}, ${formatBytes(bytes)}`,
    ...rows.map((row) => `${row.size.padStart(sizeWidth)}  ${row.name} (${row.files})`),
  ];
}

function weightsLines({ weights = [] }: RepoDescription): string[] {
  const sizes = weights.map(({ bytes }) => formatBytes(bytes));
  const width = Math.max(0, ...sizes.map((size) => size.length));
  return weights.map(
    ({ format, files }, index) => `${(sizes[index] ?? '').padStart(width)}  ${format} (${countOf(files, 'file')})`,
  );
}

const mostSubsetsShown = 30;

/** Each as a person names it with `--subset`, and its splits as with `--split`. */
function subsetLines({ subsets = [], subsetsProblem }: RepoDescription): string[] {
  if (subsetsProblem !== undefined) return [`not known: ${escapeControl(subsetsProblem)}`];
  const lines = subsets.slice(0, mostSubsetsShown).map(({ name, isDefault, bytes, splits, problem }) => {
    const parts = splits.map((split) => `${escapeControl(split.name)} ${formatBytes(split.bytes)}`).join(', ');
    const what = problem === undefined ? parts : `can't be read: ${escapeControl(problem)}`;
    return `${escapeControl(name)}${isDefault && subsets.length > 1 ? ' (default)' : ''}, ${formatBytes(bytes)}: ${what}`;
  });
  const more = subsets.length - lines.length;
  return more === 0 ? lines : [...lines, `and ${more} more: --json has all`];
}

/** Each as a person names it with `--revision`. */
function refFields({ branches, tags, converts, pullRequests = [] }: DescribedRefs): Field[] {
  return [
    ['branches', someOf(branches.map(({ name }) => name))],
    ['tags', someOf(tags.map(({ name }) => name))],
    ['conversions', someOf(converts.map(({ ref }) => ref))],
    ['pull requests', someOf(pullRequests.map(({ ref }) => ref))],
  ];
}

function someOf(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > mostRefsShown ? ` and ${names.length - mostRefsShown} more: --json has all` : '';
  return [names.slice(0, mostRefsShown).map(escapeControl).join(', ') + more];
}
