import { UsageError } from '../errors.js';
import { datasetChoice, namedByDataset } from '../repo/dataset-choice.js';
import { frameworkSpellings } from '../repo/frameworks.js';
import { faultOfName } from '../repo/names.js';
import { takeQuantSuffix } from '../repo/quant-suffix.js';
import { type RepoReference, parseRepoReference } from '../repo/reference.js';
import { type WeightsChoice, readWeightsChoice } from '../repo/weights-choice.js';
import { compileGlob } from '../selection/glob.js';
import type { Entry } from './entry.js';
import { folderName } from './folder-name.js';
import { type ManifestFaults, shown } from './manifest-faults.js';
import type { WrittenDefaults, WrittenEntry } from './manifest-schema.js';

/** What all entries have that do not say it themselves. */
export interface Defaults {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly framework?: WrittenDefaults['framework'];
}

export interface EntryContext {
  readonly defaults: Defaults;
  /** Of the hub.toml: their pages are taken as names of repos, as huggingface.co's are. */
  readonly endpoints: readonly string[];
  /** Which entry it is, for messages. */
  readonly where: string;
  /** Added to. */
  readonly faults: ManifestFaults;
}

/** What a `[[repo]]` asks for, in normal form; undefined where something in it is wrong. */
export function readEntry(written: WrittenEntry, context: EntryContext): Entry | undefined {
  const { defaults, where, faults } = context;
  const named = faults.try(where, () => readRepo(written, context));
  const paths = faults.try(where, () => readPaths(written.paths ?? []));
  const include = written.include === undefined ? defaults.include : readGlobs('include', written.include, context);
  const exclude = written.exclude === undefined ? defaults.exclude : readGlobs('exclude', written.exclude, context);
  const localDir = faults.try(where, () => readFolder(written['local-dir']));
  if (!named || !paths || !include || !exclude || !localDir) return undefined;
  const { reference, weights } = named;
  return {
    repo: reference.repo,
    revision: reference.revision ?? 'main',
    paths: sorted(reference.path === undefined ? paths : [reference.path, ...paths]),
    include,
    exclude,
    ...(weights === undefined ? {} : { weights }),
    ...readParts(written, reference),
    ...localDir,
  };
}

/** What `[defaults]` says; what is wrong in it is left out. */
export function readDefaults(
  { include = [], exclude = [], framework }: WrittenDefaults,
  context: Pick<EntryContext, 'where' | 'faults'>,
): Defaults {
  return {
    include: readGlobs('include', include, context) ?? [],
    exclude: readGlobs('exclude', exclude, context) ?? [],
    framework,
  };
}

/** @throws UsageError  what names no repo, or contradicts itself */
function readRepo(
  written: WrittenEntry,
  { endpoints, defaults }: EntryContext,
): { reference: RepoReference; weights: WeightsChoice | undefined } {
  const { text, quant: quantOfName } = takeQuantSuffix(withoutPrefix(written.source));
  const reference = parseRepoReference(text, { endpoints, ...namedByDataset(partsOf(written)) });
  const { variant, quant } = written;
  const { type } = reference.repo;
  if (written.framework !== undefined && type !== 'model') {
    throw new UsageError(`framework means the weights of a model, and this is a ${type}`);
  }
  // As on the command line: what was meant for other models does not stand in a quantisation's way.
  const ofDefaults = (quant ?? quantOfName) === undefined ? defaults.framework : undefined;
  const framework = frameworkSpellings.get(written.framework ?? ofDefaults ?? 'all') ?? 'all';
  const weights = readWeightsChoice({ framework, variant, quant, quantOfName }, type);
  // A quantisation is one in any case of its letters.
  const isQuantised = weights?.quant !== undefined;
  return { reference, weights: isQuantised ? { ...weights, quant: weights.quant.toLowerCase() } : weights };
}

/** `hf:` says that it is a hub's; `hf://…` is an address of its own. */
function withoutPrefix(source: string): string {
  return source.trim().replace(/^hf:(?!\/\/)/i, '');
}

function partsOf({ subset = [], split = [], parquet, type, revision }: WrittenEntry) {
  return { subset: [subset].flat(), split: [split].flat(), parquet, type, revision };
}

function readParts(written: WrittenEntry, reference: RepoReference): Pick<Entry, 'dataset'> {
  const { dataset } = datasetChoice(partsOf(written), reference);
  if (dataset === undefined) return {};
  const { subsets, splits, parquet } = dataset;
  return { dataset: { subsets: sorted(subsets), splits: sorted(splits), parquet } };
}

/** @throws UsageError  a path that climbs */
function readPaths(paths: readonly string[]): readonly string[] {
  return paths.map((text) => {
    // As a shell's completion has it.
    const path = text.replace(/^(\.\/)+/, '');
    const fault = faultOfName(path.replace(/\/$/, ''));
    if (fault !== undefined) throw new UsageError(`paths: ${shown(text)} ${fault}`);
    return path;
  });
}

function readGlobs(
  key: 'include' | 'exclude',
  globs: readonly string[],
  { where, faults }: Pick<EntryContext, 'where' | 'faults'>,
): readonly string[] | undefined {
  return faults.try(`${where}: ${key}`, () => {
    for (const glob of globs) compileGlob(glob);
    return sorted(globs.map((glob) => glob.replaceAll('\\', '/')));
  });
}

/** @throws UsageError */
function readFolder(text: string | undefined): Pick<Entry, 'localDir'> {
  return text === undefined ? {} : { localDir: folderName(text) };
}

/** By code units, each once. */
function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}
