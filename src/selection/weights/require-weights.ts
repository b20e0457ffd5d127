import { type Framework, frameworks } from '../../repo/frameworks.js';
import type { WeightsChoice } from '../../repo/weights-choice.js';
import { formatBytes } from '../../repo/size-text.js';
import { NoSuchFramework, NoSuchQuant, NoSuchVariant } from './errors.js';
import { isFlavour, isQuantised } from './flavours.js';
import { formatsFor } from './framework-weights.js';
import { quantisationsOf } from './quantisations.js';
import type { WeightFile } from './weight-file.js';

interface Repo {
  readonly weights: readonly WeightFile[];
  readonly listing: readonly { readonly path: string; readonly size: number }[];
  /** Its name. */
  readonly repo: string;
}

/**
 * What was named must be there.
 *
 * @throws NoSuchFramework, NoSuchVariant, NoSuchQuant  telling what there is
 */
export function requireWeights({ framework, variant, quant }: WeightsChoice, repo: Repo): void {
  if (framework !== 'all' && framework !== 'auto') requireFramework(framework, repo);
  if (quant !== undefined)
    requireQuant(quant, formatsFor(framework === 'auto' ? 'all' : framework, repo.weights), repo);
  if (variant !== undefined) requireVariant(variant, formatsFor(framework, repo.weights), repo);
}

function requireQuant(quant: string, formats: readonly string[], { weights, listing, repo }: Repo): void {
  const quantised = weights.filter((file) => formats.includes(file.format) && isQuantised(file));
  if (quantised.some((file) => isFlavour(file, { quant }))) return;
  const known = quantisationsOf(quantised, listing).map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`);
  throw new NoSuchQuant(`${repo} has no quantisation ${quant}`, {
    hint: known.length === 0 ? 'It has no quantisations.' : `It has ${known.join(', ')}.`,
  });
}

function requireFramework(framework: Framework, { weights, repo }: Repo): void {
  // Who asks for PyTorch's gets safetensors where there are no pickles; who asks for safetensors wants no pickles.
  const accepted = framework === 'pytorch' ? ['pytorch', 'safetensors'] : [framework];
  if (weights.some(({ format }) => accepted.includes(format))) return;
  const has = frameworks.filter((one) => weights.some(({ format }) => format === one));
  throw new NoSuchFramework(`${repo} has no weights for ${framework}`, {
    hint: has.length === 0 ? 'It has none for any framework.' : `It has them for ${has.join(', ')}.`,
  });
}

function requireVariant(variant: string, formats: readonly string[], { weights, repo }: Repo): void {
  const inVariants = weights.filter((file) => formats.includes(file.format) && !isQuantised(file));
  if (inVariants.some((file) => isFlavour(file, { variant }))) return;
  const known = [...new Set(inVariants.flatMap(({ flavour }) => flavour ?? []))].sort();
  throw new NoSuchVariant(`${repo} has no weights of the variant ${variant}`, {
    hint: known.length === 0 ? 'Its weights come in no variants.' : `It has ${known.join(', ')}.`,
  });
}
