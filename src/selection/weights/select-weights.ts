import type { WeightsChoice } from '../../repo/weights-choice.js';
import { ShardMissing } from './errors.js';
import { isFlavour, isQuantised, otherFlavours } from './flavours.js';
import { type Judged, type SkipReason, chooseFramework } from './framework-weights.js';
import { type Quantisation, quantisationsOf } from './quantisations.js';
import { requireWeights } from './require-weights.js';
import { type WeightFormat, preference } from './rules.js';
import { leftoverShards, missingShards } from './shards.js';
import { type WeightFile, readWeightFile } from './weight-file.js';

export interface SizedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** Weights that are left out, all of one format and for one reason. Sizes in bytes. */
interface SkippedWeights {
  readonly format: WeightFormat;
  readonly reason: SkipReason;
  readonly paths: readonly string[];
  readonly bytes: number;
}

export interface WeightsSelection<File> {
  /** In the order in which they came: the chosen weights, and all that is no weights. */
  readonly files: File[];
  /** What the chosen weights are stored as, the preferred first. */
  readonly formats: readonly WeightFormat[];
  readonly skipped: readonly SkippedWeights[];
  /** Where several quantisations are among `files` and none was chosen; else empty. */
  readonly quantisations: readonly Quantisation[];
}

/** What there is to choose from. */
export interface WeightsOf<File> {
  /** What the globs left. */
  readonly files: readonly File[];
  /** All files of the commit. */
  readonly listing: readonly SizedFile[];
  /** Files that were named one by one: never left out. */
  readonly named: ReadonlySet<string>;
  /** The repo's name, for messages. */
  readonly repo: string;
}

/**
 * Narrows a model's files to the weights that are wanted of it, by the rules of rules.ts. What is no weights stays.
 *
 * @throws NoSuchFramework, NoSuchVariant, NoSuchQuant  the repo lacks what was named; tells what it has
 * @throws ShardMissing  the chosen weights are not complete on the hub
 */
export function selectWeights<File extends SizedFile>(
  choice: WeightsChoice,
  { files, listing, named, repo }: WeightsOf<File>,
): WeightsSelection<File> {
  const all = weightsAmong(listing);
  requireWeights(choice, { weights: all, listing, repo });
  const wanted = withFrameworkOfQuant(choice, all);
  const left = weightsAmong(files);
  const judged = judge(wanted, left, listing);
  const chosen = left.filter((file) => judged.get(file) === undefined);
  if (wanted.framework !== 'all' || wanted.variant !== undefined) {
    const missing = missingShards(chosen, new Set(listing.map(({ path }) => path)));
    if (missing.length > 0) throw new ShardMissing(missing, repo);
  }
  const skipped = left.filter((file) => judged.get(file) !== undefined && !named.has(file.path));
  const skippedPaths = new Set(skipped.map(({ path }) => path));
  return {
    files: files.filter(({ path }) => !skippedPaths.has(path)),
    formats: formatsOf(chosen),
    skipped: groupSkipped(skipped, judged, files),
    quantisations: choice.quant === undefined ? quantisationsOf(chosen, files) : [],
  };
}

function weightsAmong(files: readonly { readonly path: string }[]): WeightFile[] {
  return files.flatMap(({ path }) => readWeightFile(path) ?? []);
}

/** `--quant` alone names the framework too: GGUF or ONNX, which has it. */
function withFrameworkOfQuant(choice: WeightsChoice, all: readonly WeightFile[]): WeightsChoice {
  const { framework, quant } = choice;
  if (quant === undefined || (framework !== 'all' && framework !== 'auto')) return choice;
  const isInGguf = all.some((file) => file.format === 'gguf' && isFlavour(file, { quant }));
  return { ...choice, framework: isInGguf ? 'gguf' : 'onnx' };
}

function judge(
  choice: WeightsChoice,
  weights: readonly WeightFile[],
  listing: readonly { readonly path: string }[],
): Judged {
  const { framework } = choice;
  const isPipeline = listing.some(({ path }) => path === 'model_index.json');
  const byFramework: Judged = framework === 'all' ? new Map() : chooseFramework(weights, { framework, isPipeline });
  const chosen = weights.filter((file) => byFramework.get(file) === undefined);
  const flavoured = otherFlavours(flavouredAmong(chosen, choice), choice);
  const leftovers =
    framework === 'all' ? new Set<WeightFile>() : leftoverShards(chosen.filter((file) => !flavoured.has(file)));
  return new Map(
    weights.map((file) => {
      if (flavoured.has(file)) return [file, isQuantised(file) ? 'other-quant' : 'other-variant'];
      return [file, leftovers.has(file) ? 'copy' : byFramework.get(file)];
    }),
  );
}

/** Where no framework is chosen, a variant is chosen of what comes in variants, and nothing else is. */
function flavouredAmong(chosen: readonly WeightFile[], { framework, variant }: WeightsChoice): readonly WeightFile[] {
  if (framework !== 'all') return chosen;
  return variant === undefined ? [] : chosen.filter((file) => !isQuantised(file));
}

function groupSkipped(skipped: readonly WeightFile[], judged: Judged, files: readonly SizedFile[]): SkippedWeights[] {
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const groups = new Map<string, { format: WeightFormat; reason: SkipReason; paths: string[]; bytes: number }>();
  for (const file of skipped) {
    const { format, path } = file;
    const reason = judged.get(file);
    if (reason === undefined) continue;
    const group = groups.get(`${format} ${reason}`) ?? { format, reason, paths: [], bytes: 0 };
    groups.set(`${format} ${reason}`, group);
    group.paths.push(path);
    group.bytes += sizes.get(path) ?? 0;
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

function formatsOf(weights: readonly WeightFile[]): WeightFormat[] {
  return preference.filter((format) => weights.some((file) => file.format === format));
}
