/** What a model's weights may be for, as `--framework` names it. */
export const frameworks = ['safetensors', 'pytorch', 'tensorflow', 'flax', 'onnx', 'gguf'] as const;
export type Framework = (typeof frameworks)[number];

/** One framework, the best that a repo has, or no choice at all. */
export type FrameworkChoice = Framework | 'auto' | 'all';

/** Every way to write a choice, and what it means. */
export const frameworkSpellings: ReadonlyMap<string, FrameworkChoice> = new Map<string, FrameworkChoice>([
  ['auto', 'auto'],
  ...frameworks.map((name) => [name, name] as const),
  ['pt', 'pytorch'],
  ['torch', 'pytorch'],
  ['tf', 'tensorflow'],
  ['jax', 'flax'],
  ['all', 'all'],
]);
