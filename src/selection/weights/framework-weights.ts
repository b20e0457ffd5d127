import type { Framework, FrameworkChoice } from '../../repo/frameworks.js';
import { type WeightFormat, addOnNames, preference } from './rules.js';
import type { WeightFile } from './weight-file.js';

/** Why weights are left out. */
export type SkipReason = 'other-framework' | 'copy' | 'other-variant' | 'other-quant';

/** Weights, each with the reason to leave it out, or none. */
export type Judged = ReadonlyMap<WeightFile, SkipReason | undefined>;

/**
 * Chooses one framework's weights, for each folder of the repo by itself: a folder whose weights are only pickles keeps
 * these where safetensors are wanted, and the other way round, since the same libraries load both.
 *
 * @param isPipeline  a diffusers pipeline: its weights are in folders, those beside them the same in one file
 */
export function chooseFramework(
  weights: readonly WeightFile[],
  { framework, isPipeline }: { framework: Framework | 'auto'; isPipeline: boolean },
): Judged {
  const formats = formatsFor(framework, weights);
  const copies = isPipeline ? singleFileCopies(weights, formats) : new Set<WeightFile>();
  const ranks = ranksFor(framework, formats);
  const left = weights.filter((file) => !copies.has(file));
  const twins = formatsByName(left);
  const best = new Map<string, number>();
  for (const file of left.filter(isWhole)) {
    best.set(file.component, Math.min(best.get(file.component) ?? Infinity, rankOf(file, ranks)));
  }
  return new Map(
    weights.map((file) => {
      if (copies.has(file)) return [file, 'copy'];
      if (!isWhole(file)) return [file, judgePart(file, twins, { formats, framework })];
      const bestRank = best.get(file.component) ?? Infinity;
      if (bestRank === Infinity) return [file, 'other-framework'];
      if (rankOf(file, ranks) === bestRank) return [file, undefined];
      return [file, ranks[bestRank]?.format === file.format ? 'copy' : 'other-framework'];
    }),
  );
}

function isWhole({ standing }: WeightFile): boolean {
  return standing === 'model' || standing === 'makers';
}

/** The formats that may be kept, best first. */
export function formatsFor(framework: FrameworkChoice, weights: readonly WeightFile[]): readonly WeightFormat[] {
  const torch: readonly WeightFormat[] = ['safetensors', 'pytorch'];
  if (framework === 'safetensors') return torch;
  if (framework === 'pytorch') return [...torch].reverse();
  if (framework === 'all') return preference;
  if (framework !== 'auto') return [framework];
  const best = preference.find((format) => weights.some((file) => file.format === format && isWhole(file)));
  return best === undefined || torch.includes(best) ? torch : [best];
}

interface Rank {
  readonly format: WeightFormat;
  readonly standing: WeightFile['standing'];
}

/** `auto` takes a library's form in pickles before the makers' own in safetensors; who names a format gets it. */
function ranksFor(framework: Framework | 'auto', formats: readonly WeightFormat[]): readonly Rank[] {
  const standings = ['model', 'makers'] as const;
  return framework === 'auto'
    ? standings.flatMap((standing) => formats.map((format) => ({ format, standing })))
    : formats.flatMap((format) => standings.map((standing) => ({ format, standing })));
}

function rankOf(file: WeightFile, ranks: readonly Rank[]): number {
  const rank = ranks.findIndex(({ format, standing }) => format === file.format && standing === file.standing);
  return rank === -1 ? Infinity : rank;
}

/**
 * A file with a name of its own goes only where the same name is there in a better format, or where a framework was named
 * that doesn't read it: `campplus.onnx` beside `llm.pt` is a part of that model.
 */
function judgePart(
  file: WeightFile,
  twins: ReadonlyMap<string, ReadonlySet<WeightFormat>>,
  { formats, framework }: { formats: readonly WeightFormat[]; framework: Framework | 'auto' },
): SkipReason | undefined {
  const place = formats.indexOf(file.format);
  if (file.standing === 'companion') return place === -1 ? 'other-framework' : undefined;
  if (place === -1 && framework !== 'auto') return 'other-framework';
  const better = place === -1 ? formats : formats.slice(0, place);
  const among = twins.get(twinKey(file));
  return better.some((format) => among?.has(format)) ? 'other-framework' : undefined;
}

/** In which formats each name of each folder is there. */
function formatsByName(weights: readonly WeightFile[]): ReadonlyMap<string, ReadonlySet<WeightFormat>> {
  const found = new Map<string, Set<WeightFormat>>();
  for (const file of weights) {
    const formats = found.get(twinKey(file)) ?? new Set();
    found.set(twinKey(file), formats.add(file.format));
  }
  return found;
}

/** `open_clip_pytorch_model.bin` is `open_clip_model.safetensors`. */
function twinKey({ component, name }: WeightFile): string {
  return `${component}/${name.replace('pytorch_', '')}`;
}

/** At the root of a pipeline whose folders have the wanted weights: `v1-5-pruned.ckpt`. Not what is added to it, a LoRA. */
function singleFileCopies(weights: readonly WeightFile[], formats: readonly WeightFormat[]): Set<WeightFile> {
  const inFolders = weights.some(
    ({ component, standing, format }) => component !== '' && standing === 'model' && formats.includes(format),
  );
  if (!inFolders) return new Set();
  return new Set(weights.filter((file) => file.component === '' && formats.includes(file.format) && !isAddOn(file)));
}

function isAddOn({ name }: WeightFile): boolean {
  return addOnNames.test(name);
}
