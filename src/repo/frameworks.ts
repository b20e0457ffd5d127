/** What a model's weights may be for, as `--framework` names it. */
export const frameworks = ['safetensors', 'pytorch', 'tensorflow', 'flax', 'onnx', 'gguf'] as const;
export type Framework = (typeof frameworks)[number];

/** One framework, the best that a repo has, or no choice at all. */
export type FrameworkChoice = Framework | 'auto' | 'all';

/** Every way to write a choice, and what it means. */
export const frameworkSpellings: Readonly<Record<string, FrameworkChoice>> = {
  auto: 'auto',
  all: 'all',
  safetensors: 'safetensors',
  pytorch: 'pytorch',
  pt: 'pytorch',
  torch: 'pytorch',
  tensorflow: 'tensorflow',
  tf: 'tensorflow',
  flax: 'flax',
  jax: 'flax',
  onnx: 'onnx',
  gguf: 'gguf',
};
