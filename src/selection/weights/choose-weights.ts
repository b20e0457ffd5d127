import { ExitCode, HubError } from '../../errors.js';
import { type Format, type Framework, frameworks } from './rules.js';
import {
  findWeightSets,
  isTrained,
  missingShards,
  ShardsMissing,
  type SizedFile,
  type WeightSet,
} from './weight-sets.js';

/** Which weights of a model are wanted; all where nothing is said. */
export interface WantedWeights {
  readonly framework?: Framework | 'auto' | 'all';
  /** `fp16`; absent: the plain ones where there are both. */
  readonly variant?: string;
  /** `Q4_K_M`, of GGUF or ONNX files. */
  readonly quant?: string;
}

/** Weights that were left out, of one format. */
export interface SkippedWeights {
  readonly format: Format;
  readonly files: number;
  readonly bytes: number;
}

export interface ChosenWeights<File extends SizedFile> {
  /** In the listing's order: all that is no weight, and the weights that were chosen. */
  readonly files: readonly File[];
  /** Of the weights that were chosen. */
  readonly formats: readonly Format[];
  readonly skipped: readonly SkippedWeights[];
  /** Several, and none was chosen: their names and bytes, the smallest first. */
  readonly quantisations: readonly Quantisation[];
  readonly notes: readonly { readonly code: 'no-pickles'; readonly message: string }[];
}

export interface Quantisation {
  readonly name: string;
  readonly bytes: number;
}

/** The repo has no weights of the framework, the variant or the quantisation that was asked for. */
export class NoSuchWeights extends HubError {
  readonly code = 'no-such-weights';
  readonly exitCode = ExitCode.notFound;
}

/**
 * Narrows a model's files to one framework's weights, of one variant and quantisation. Whatever is no weight stays.
 *
 * @param files  what the filters have left
 * @param listing  all files of the commit: what a set must have to be whole
 * @param repo  its name, for messages
 * @throws NoSuchWeights  there are weights, but none of those
 * @throws ShardsMissing  a set that was chosen is not whole in the listing
 */
export function chooseWeights<File extends SizedFile>(
  files: readonly File[],
  { framework = 'all', variant, quant }: WantedWeights,
  { listing, repo }: { listing: readonly SizedFile[]; repo: string },
): ChosenWeights<File> {
  const sets = findWeightSets(files);
  const notes: ChosenWeights<File>['notes'][number][] = [];
  let chosen: readonly WeightSet<File>[] = sets;
  if (quant !== undefined) chosen = ofQuantisation(chosen, { quant, repo });
  else if (framework !== 'all') {
    const wanted = framework === 'auto' ? undefined : availableOr(framework, { sets, repo, notes });
    chosen = ofFramework(ofVariant(sets, { variant, repo }), wanted);
  } else if (variant !== undefined) chosen = ofVariant(sets, { variant, repo });
  const isNarrowed = framework !== 'all' || quant !== undefined || variant !== undefined;
  if (isNarrowed) requireWhole(chosen, { listing, repo });
  const kept = new Set(chosen.flatMap(({ files: its }) => its));
  const left = new Set(sets.flatMap(({ files: its }) => its).filter((file) => !kept.has(file)));
  return {
    files: files.filter((file) => !left.has(file)),
    formats: formatsOf(chosen),
    skipped: skippedOf(sets, kept),
    quantisations: quant === undefined ? severalQuantisations(chosen) : [],
    notes,
  };
}

/** Of each folder and role the wanted framework's sets, else the best one's that the same libraries load. */
function ofFramework<File extends SizedFile>(
  sets: readonly WeightSet<File>[],
  wanted: Framework | undefined,
): readonly WeightSet<File>[] {
  const originals = sets.filter(({ isCopy }) => !isCopy);
  const framework = wanted ?? best(formatsOf(originals));
  // What a model was exported to is a whole of its own, wherever it lies.
  if (framework === undefined || !isTrained(framework)) return sets.filter(({ format }) => format === framework);
  const loadable = originals.filter(({ format }) => familyOf(framework).includes(format));
  return loadable.filter((set) => {
    const formats = formatsOf(loadable.filter((it) => it.folder === set.folder && it.role === set.role));
    return set.format === (formats.includes(framework) ? framework : best(formats));
  });
}

/** A part of a model may be saved in one of them alone, whatever the rest is saved in: PyTorch loads both. */
function familyOf(framework: Format): readonly Format[] {
  return framework === 'safetensors' || framework === 'pytorch' ? ['safetensors', 'pytorch'] : [framework];
}

function best(formats: readonly Format[]): Format | undefined {
  return frameworks.find((framework) => formats.includes(framework)) ?? formats[0];
}

/** The framework, or for pickles that a repo has not its safetensors, which the same libraries load. */
function availableOr(
  framework: Framework,
  { sets, repo, notes }: { sets: readonly WeightSet[]; repo: string; notes: { code: 'no-pickles'; message: string }[] },
): Framework {
  const isThere = (format: Format) => sets.some((set) => set.format === format && (!set.isCopy || !isTrained(format)));
  if (isThere(framework) || sets.length === 0) return framework;
  if (framework === 'pytorch' && isThere('safetensors')) {
    notes.push({
      code: 'no-pickles',
      message: `${repo} has no pickles for PyTorch: taking its safetensors, which PyTorch loads`,
    });
    return 'safetensors';
  }
  const formats = formatsOf(sets).filter((format) => (frameworks as readonly Format[]).includes(format));
  throw new NoSuchWeights(`${repo} has no weights for ${framework}`, {
    hint: formats.length === 0 ? 'Without --framework all files are taken.' : `It has them for ${formats.join(', ')}.`,
  });
}

/**
 * Of each folder and role the wanted variant, in whatever format there is one, else the plain weights, else all.
 *
 * @throws NoSuchWeights
 */
function ofVariant<File extends SizedFile>(
  sets: readonly WeightSet<File>[],
  { variant, repo }: { variant: string | undefined; repo: string },
): readonly WeightSet<File>[] {
  if (variant !== undefined && !sets.some((set) => set.variant === variant)) {
    const known = [...new Set(sets.flatMap((set) => (set.variant === '' ? [] : set.variant)))].sort();
    throw new NoSuchWeights(`${repo} has no variant "${variant}"`, {
      hint: known.length === 0 ? 'It has no variants.' : `It has: ${known.join(', ')}.`,
    });
  }
  return sets.filter((set) => {
    const rivals = sets.filter(({ folder, role }) => folder === set.folder && role === set.role);
    if (variant !== undefined && rivals.some((it) => it.variant === variant)) return set.variant === variant;
    const hasPlain = rivals.some((it) => it.format === set.format && it.variant === '');
    return !hasPlain || set.variant === '';
  });
}

function ofQuantisation<File extends SizedFile>(
  sets: readonly WeightSet<File>[],
  { quant, repo }: { quant: string; repo: string },
): readonly WeightSet<File>[] {
  const wanted = quant.toLowerCase();
  const isWanted = ({ quantisation }: WeightSet) =>
    quantisation.toLowerCase() === wanted || quantisation.toLowerCase() === `ud-${wanted}`;
  const exact = sets.filter(({ quantisation }) => quantisation.toLowerCase() === wanted);
  const found = exact.length > 0 ? exact : sets.filter(isWanted);
  const [first] = found;
  if (first === undefined) {
    const known = quantisationsOf(sets).map(({ name, bytes }) => `${name} (${gigabytes(bytes)})`);
    throw new NoSuchWeights(`${repo} has no quantisation "${quant}"`, {
      hint: known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`,
    });
  }
  // What bears no quantisation in a repo of that format is a part of each: a projector, an embedding.
  const parts = sets.filter(
    ({ format, quantisation }) => format === 'gguf' && format === first.format && quantisation === '',
  );
  const taken = new Set([...found.filter(({ format }) => format === first.format), ...parts]);
  return sets.filter((set) => taken.has(set));
}

function severalQuantisations(sets: readonly WeightSet[]): readonly Quantisation[] {
  const known = quantisationsOf(sets);
  return known.length > 1 ? known : [];
}

function quantisationsOf(sets: readonly WeightSet[]): Quantisation[] {
  const bytes = new Map<string, number>();
  for (const { quantisation, bytes: its } of sets) {
    if (quantisation !== '') bytes.set(quantisation, (bytes.get(quantisation) ?? 0) + its);
  }
  return Array.from(bytes, ([name, its]) => ({ name, bytes: its })).sort((a, b) => a.bytes - b.bytes);
}

/** @throws ShardsMissing */
function requireWhole(
  chosen: readonly WeightSet[],
  { listing, repo }: { listing: readonly SizedFile[]; repo: string },
): void {
  const paths = new Set(chosen.flatMap(({ files }) => files.map(({ path }) => path)));
  const missing = findWeightSets(listing)
    .filter(({ files }) => files.some(({ path }) => paths.has(path)))
    .flatMap(missingShards);
  if (missing.length > 0) throw new ShardsMissing(missing, repo);
}

function skippedOf(sets: readonly WeightSet[], kept: ReadonlySet<SizedFile>): SkippedWeights[] {
  const byFormat = new Map<Format, SkippedWeights>();
  for (const { format, files } of sets) {
    const left = files.filter((file) => !kept.has(file));
    if (left.length === 0) continue;
    const before = byFormat.get(format) ?? { format, files: 0, bytes: 0 };
    const bytes = left.reduce((sum, { size }) => sum + size, before.bytes);
    byFormat.set(format, { format, files: before.files + left.length, bytes });
  }
  return [...byFormat.values()];
}

function formatsOf(sets: readonly WeightSet[]): Format[] {
  return [...new Set(sets.map(({ format }) => format))];
}

function gigabytes(bytes: number): string {
  return bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
