import type { DownloadPlanResult, PlannedFileResult } from '../../operations/download-result.js';
import { countOf, escapeControl, formatBytes, formatDuration } from '../text.js';
import { skippedLines } from './summary.js';

/**
 * `--dry-run` for a person: by what the files are, then in all.
 *
 * @param bytesPerSecond  what the run is limited to
 */
export function planTable(plan: DownloadPlanResult, bytesPerSecond: number | undefined): string {
  const { repo, revision, commit, path, files, totals, disk } = plan;
  return [
    `${escapeControl(repo)}@${escapeControl(revision)} (${commit})`,
    `into ${escapeControl(path)}`,
    ...groupsOf(files).flatMap((group) => ['', ...groupLines(group)]),
    '',
    ...codeLines(files),
    ...skippedLines(plan),
    ...choiceLines(plan),
    `${countOf(totals.files, 'file')}, ${formatBytes(totals.bytes)}: ${formatBytes(totals.bytesCached)} cached, ` +
      `${formatBytes(totals.bytesResumed)} here of unfinished files, ` +
      (totals.bytesLinked === 0 ? '' : `${formatBytes(totals.bytesLinked)} to link, `) +
      `${formatBytes(totals.bytesToFetch)} to fetch`,
    ...timeLines(totals.bytesToFetch, bytesPerSecond),
    ...(plan.needsYes ? ['a run asks first, or wants -y: this is more than --size-guard'] : []),
    `disk: ${formatBytes(disk.needed)} needed, ${formatBytes(disk.free)} free`,
  ].join('\n');
}

interface Group {
  /** Empty where there is only one kind. */
  readonly title: string;
  readonly files: readonly PlannedFileResult[];
}

/** The heaviest kind of weights first, what is no weights last. */
function groupsOf(files: readonly PlannedFileResult[]): Group[] {
  const formats = new Set(files.flatMap(({ format }) => format ?? []));
  const weights = Array.from(formats, (title) => ({ title, files: files.filter(({ format }) => format === title) }));
  weights.sort((a, b) => totalSize(b.files) - totalSize(a.files));
  const others = files.filter(({ format }) => format === undefined);
  if (others.length === 0) return weights;
  return [...weights, { title: weights.length === 0 ? '' : 'other files', files: others }];
}

function groupLines({ title, files }: Group): string[] {
  const rows = withShardsTogether(files).map((row) => ({ ...row, shownSize: formatBytes(row.size) }));
  const width = Math.max(...rows.map(({ shownSize }) => shownSize.length));
  return [
    ...(title === '' ? [] : [`${title}: ${countOf(files.length, 'file')}, ${formatBytes(totalSize(files))}`]),
    ...rows.flatMap(({ state, shownSize, path, from }) => [
      `${state.padEnd(6)}  ${shownSize.padStart(width)}  ${escapeControl(path)}`,
      // Below, so that each file's own line ends with its path.
      ...(from === undefined ? [] : [`${' '.repeat(width + 10)}from ${escapeControl(from)}`]),
    ]),
  ];
}

type Row = Pick<PlannedFileResult, 'state' | 'size' | 'path' | 'from'>;

/** Shards that follow each other, and to which the same happens, as one row: `model-{00001..00072}-of-00072.safetensors`. */
function withShardsTogether(files: readonly PlannedFileResult[]): Row[] {
  const rows: { row: Row; shard: Shard | undefined }[] = [];
  for (const file of files) {
    const shard = readShard(file);
    const last = rows.at(-1);
    if (last === undefined || shard === undefined || last.shard?.set !== shard.set) {
      rows.push({ row: file, shard });
      continue;
    }
    const path = `${shard.before}{${last.shard.number}..${shard.number}}${shard.after}`;
    last.row = { ...last.row, path, size: last.row.size + file.size };
  }
  return rows.map(({ row }) => row);
}

interface Shard {
  readonly before: string;
  readonly number: string;
  readonly after: string;
  /** The same for those that may share a row. */
  readonly set: string;
}

function readShard({ path, state, from }: PlannedFileResult): Shard | undefined {
  const match = /^(.*[-_.])(\d{2,6})(-of-\d{2,6}.*)$/s.exec(path);
  if (match === null || from !== undefined) return undefined;
  const [, before = '', number = '', after = ''] = match;
  return { before, number, after, set: JSON.stringify([before, after, state]) };
}

const mostNamesShown = 5;

function codeLines(files: readonly PlannedFileResult[]): string[] {
  const names = files.filter(({ runsCode }) => runsCode).map(({ path }) => escapeControl(path));
  if (names.length === 0) return [];
  const more = names.length > mostNamesShown ? ` and ${names.length - mostNamesShown} more` : '';
  return [`can run code when loaded: ${names.slice(0, mostNamesShown).join(', ')}${more}`];
}

function choiceLines({ auto, quantisations }: DownloadPlanResult): string[] {
  return [
    ...(auto === undefined
      ? []
      : [`--framework auto would take ${auto.formats.join(' and ')} alone, and save ${formatBytes(auto.bytesSaved)}`]),
    ...(quantisations === undefined
      ? []
      : [
          `--quant takes one of: ${quantisations.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`).join(', ')}`,
        ]),
  ];
}

/** Of lines as people have them, where nothing says how fast this one may be. In bytes a second. */
const usualSpeeds = [10e6, 100e6];

function timeLines(bytes: number, bytesPerSecond: number | undefined): string[] {
  if (bytes === 0) return [];
  const speeds = bytesPerSecond === undefined ? usualSpeeds : [bytesPerSecond];
  const times = speeds.map((speed) => `${formatDuration((bytes / speed) * 1000)} at ${formatBytes(speed)}/s`);
  return [`time: ${times.join(', ')}`];
}

function totalSize(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
