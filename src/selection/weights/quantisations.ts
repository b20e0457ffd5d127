import { isQuantised } from './flavours.js';
import type { WeightFile } from './weight-file.js';

/** One of several quantisations (GGUF) or precisions (ONNX). */
export interface Quantisation {
  readonly name: string;
  readonly framework: 'gguf' | 'onnx';
  readonly files: number;
  readonly bytes: number;
}

/** Those that there are among some weights, smallest first. What has no quantisation in its name is none of them. */
export function quantisationsOf(
  weights: readonly WeightFile[],
  files: readonly { readonly path: string; readonly size: number }[],
): readonly Quantisation[] {
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const found = new Map<string, { name: string; framework: 'gguf' | 'onnx'; files: number; bytes: number }>();
  for (const file of weights) {
    const { flavour, path } = file;
    if (!isQuantised(file) || flavour === undefined) continue;
    const { format } = file;
    const key = `${format} ${flavour.toLowerCase()}`;
    const quantisation = found.get(key) ?? { name: flavour, framework: format, files: 0, bytes: 0 };
    found.set(key, quantisation);
    quantisation.files += 1;
    quantisation.bytes += sizes.get(path) ?? 0;
  }
  return [...found.values()].sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1));
}
