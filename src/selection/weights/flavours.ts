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
    const isKept = keptOf(group, wanted);
    for (const file of group) if (file.standing !== 'companion' && !isKept(file)) others.add(file);
  }
  return others;
}

/** What is kept of files that are the same weights, all of them quantised, or none. */
function keptOf(group: readonly WeightFile[], wanted: FlavourChoice): (file: WeightFile) => boolean {
  const areQuantised = group.some(isQuantised);
  const asked = areQuantised ? wanted.quant : wanted.variant;
  if (asked !== undefined && group.some((file) => isFlavour(file, wanted))) return (file) => isFlavour(file, wanted);
  const areGguf = group.some(({ format }) => format === 'gguf');
  if (asked === undefined && areGguf) return () => true;
  const isPlain = ({ flavour }: WeightFile) => flavour === undefined;
  if (group.some(isPlain)) return isPlain;
  return () => asked === undefined || !areQuantised;
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
