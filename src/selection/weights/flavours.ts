import type { WeightFile } from './weight-file.js';

/** Which variant, and which quantisation or precision. */
export interface FlavourChoice {
  readonly variant?: string | undefined;
  readonly quant?: string | undefined;
}

/** GGUF and ONNX files are quantised; the others come in variants. */
export function isQuantised(file: WeightFile): file is WeightFile & { readonly format: 'gguf' | 'onnx' } {
  return file.format === 'gguf' || file.format === 'onnx';
}

/** A variant is named as it is written, a quantisation in any case. */
export function isFlavour(file: WeightFile, { variant, quant }: FlavourChoice): boolean {
  if (isQuantised(file)) return quant !== undefined && file.flavour?.toLowerCase() === quant.toLowerCase();
  return variant !== undefined && file.flavour === variant;
}

/**
 * Of weights in several flavours, those to leave out: folder by folder, what lacks the wanted flavour keeps its plain
 * weights. Where none is wanted, the plain ones are kept; where there are none either, all (`Q2_K` to `Q8_0`).
 */
export function otherFlavours(weights: readonly WeightFile[], wanted: FlavourChoice): Set<WeightFile> {
  const others = new Set<WeightFile>();
  for (const group of groupsOf(weights)) {
    for (const file of group.filter(({ standing }) => standing !== 'companion')) {
      if (!isKept(file, group, wanted)) others.add(file);
    }
  }
  return others;
}

function isKept(file: WeightFile, group: readonly WeightFile[], wanted: FlavourChoice): boolean {
  const asked = isQuantised(file) ? wanted.quant : wanted.variant;
  if (asked !== undefined && group.some((other) => isFlavour(other, wanted))) return isFlavour(file, wanted);
  if (asked === undefined && file.format === 'gguf') return true;
  const hasPlain = group.some(({ flavour }) => flavour === undefined);
  if (hasPlain) return file.flavour === undefined;
  return asked === undefined || !isQuantised(file);
}

function groupsOf(weights: readonly WeightFile[]): Iterable<readonly WeightFile[]> {
  const groups = new Map<string, WeightFile[]>();
  for (const file of weights) {
    const group = groups.get(groupOf(file)) ?? [];
    groups.set(groupOf(file), group);
    group.push(file);
  }
  return groups.values();
}

/** Files of one group are the same weights. A component's pickles and safetensors have the same variants. */
function groupOf({ component, format, name, standing }: WeightFile): string {
  const isTorch = format === 'safetensors' || format === 'pytorch';
  return JSON.stringify(isTorch && standing === 'model' ? [component] : [component, format, name]);
}
