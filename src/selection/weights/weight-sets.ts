import { ExitCode, HubError } from '../../errors.js';
import { copyFolder, copyName, type Format, pipelineAddition, pipelineIndex } from './rules.js';
import { readWeightName, type WeightName } from './weight-file.js';

/** A file of a listing. Sizes in bytes. */
export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

/** Files that make one whole: shards with their index, or one file with its data beside it. */
export interface WeightSet<File extends SizedFile = SizedFile> {
  readonly format: Format;
  readonly folder: string;
  readonly role: string;
  readonly variant: string;
  readonly quantisation: string;
  /** The same weights as those of the folder above, or of the pipeline, once more. */
  readonly isCopy: boolean;
  readonly files: readonly File[];
  readonly bytes: number;
}

/** The names promise shards that the listing lacks. */
export class ShardsMissing extends HubError {
  readonly code = 'shards-missing';
  readonly exitCode = ExitCode.notFound;

  constructor(
    readonly paths: readonly string[],
    repo: string,
  ) {
    const [first = ''] = paths;
    const more = paths.length === 1 ? '' : ` and ${String(paths.length - 1)} more`;
    super(
      `${repo} lacks ${first}${more}, which the numbers of its other shards promise: its weights are not complete`,
      {
        hint: 'Another revision may be complete, or another framework (--framework). Without --framework all that is there is taken.',
      },
    );
  }
}

/** The weights among a commit's files, in the order in which they are listed. */
export function findWeightSets<File extends SizedFile>(files: readonly File[]): WeightSet<File>[] {
  const bySet = new Map<string, { name: WeightName; files: File[] }>();
  for (const file of files) {
    const name = readWeightName(file.path);
    if (name === undefined) continue;
    // Data beside an ONNX model, and the two files of an OpenVINO one, differ in their endings.
    const key = `${name.format}:${name.format === 'onnx' ? name.set.replace(/\.onnx.*$/, '') : name.format === 'openvino' ? name.set.replace(/\.[^.]+$/, '') : name.set}`;
    const set = bySet.get(key) ?? { name, files: [] };
    bySet.set(key, set);
    set.files.push(file);
  }
  const sets = Array.from(bySet.values(), ({ name, files: its }) => ({
    format: name.format,
    folder: name.folder,
    role: name.role,
    variant: name.variant,
    quantisation: name.quantisation,
    files: its,
    bytes: its.reduce((sum, { size }) => sum + size, 0),
  }));
  const pipelines = files.flatMap(({ path }) =>
    path.endsWith(pipelineIndex) ? path.slice(0, -pipelineIndex.length) : [],
  );
  const isWhere = (set: (typeof sets)[number]) => isCopyByName(set, pipelines);
  const originals = sets.filter((set) => !isWhere(set));
  return sets.map((set) => ({ ...set, isCopy: isWhere(set) && originals.some(({ format }) => isTrained(format)) }));
}

function isCopyByName(
  { folder, role, files, format }: { folder: string; role: string; files: readonly SizedFile[]; format: Format },
  pipelines: readonly string[],
): boolean {
  const isBesidePipeline =
    pipelines.includes(folder) &&
    isTrained(format) &&
    role !== 'model' &&
    role !== 'adapter' &&
    !pipelineAddition.test(files[0]?.path ?? '');
  return isBesidePipeline || copyFolder.test(folder) || files.some(({ path }) => copyName.test(path));
}

/** What a model is trained in and loaded from, not what it is exported to. */
export function isTrained(format: Format): boolean {
  return format === 'safetensors' || format === 'pytorch' || format === 'tensorflow' || format === 'flax';
}

/** Paths of shards that the numbers of a set promise and that are not in it. */
export function missingShards({ files }: WeightSet): string[] {
  const shards = files.flatMap(({ path }) => {
    const shard = readWeightName(path)?.shard;
    return shard === undefined ? [] : { path, ...shard };
  });
  const [first] = shards;
  if (first === undefined) return [];
  const there = new Set(shards.map(({ index }) => index));
  // Some count from 0.
  const start = there.has(0) && !there.has(first.of) ? 0 : 1;
  const all = Array.from({ length: Math.min(first.of, mostShards) }, (_, position) => start + position);
  return all.filter((index) => !there.has(index)).map((index) => first.path.replace(shardNumber, numbered(index)));
}

/** More than any real model has: the number is foreign. */
const mostShards = 10_000;
const shardNumber = /\d{2,6}(?=-of-\d{2,6})/;

function numbered(index: number): (digits: string) => string {
  return (digits) => String(index).padStart(digits.length, '0');
}
