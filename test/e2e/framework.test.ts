import { describe, expect, test } from 'vitest';
import { repoWith } from '../support/hub-server/repos.js';
import { newMachine, serve } from './support/machine.js';

const weights = (seed: number) => ({ size: 3000, lfs: true, seed });

const repos = [
  repoWith({
    id: 'org/several',
    files: {
      'config.json': '{}',
      'model.safetensors': weights(1),
      'model.fp16.safetensors': weights(2),
      'pytorch_model.bin': weights(3),
      'tf_model.h5': weights(4),
    },
  }),
  repoWith({
    id: 'org/gguf',
    files: { 'README.md': '#', 'm.Q4_K_M.gguf': weights(1), 'm.Q8_0.gguf': weights(2), 'mmproj-F16.gguf': weights(3) },
  }),
  repoWith({ id: 'org/data', type: 'dataset', files: { 'a.csv': 'a' } }),
];

async function prepare(environment: Record<string, string> = {}) {
  const machine = await newMachine(await serve({ repos }));
  Object.assign(machine.environment, environment);
  return async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await machine.run('download', ...words, '--json', '--dry-run');
    const { files } = JSON.parse(stdout) as { files?: { path: string }[] };
    return { exitCode, stderr, paths: files?.map(({ path }) => path) };
  };
}

describe('hub download --framework, --variant and --quant', () => {
  test('take what they name, by each spelling', async () => {
    const plan = await prepare();
    const several = (...flags: string[]) => plan('org/several', ...flags);
    expect((await several('--framework', 'auto')).paths).toEqual(['config.json', 'model.safetensors']);
    expect((await several('--framework', 'tf')).paths).toEqual(['config.json', 'tf_model.h5']);
    expect((await several('--framework', 'auto', '--variant', 'fp16')).paths).toEqual([
      'config.json',
      'model.fp16.safetensors',
    ]);
    for (const words of [['org/gguf:Q8_0'], ['org/gguf', '--quant', 'q8_0'], ['org/gguf:Q8_0@main']]) {
      expect((await plan(...words)).paths, words.join(' ')).toEqual(['README.md', 'm.Q8_0.gguf', 'mmproj-F16.gguf']);
    }
  });

  test('say what there is to choose, and refuse what there is not', async () => {
    const plan = await prepare();
    expect((await plan('org/several')).stderr).toContain('--framework auto would take safetensors alone');
    expect((await plan('org/gguf')).stderr).toMatch(/all are taken: Q4_K_M \(3\.00 kB\), Q8_0 \(3\.00 kB\)/);
    expect(await plan('org/several', '--framework', 'jax')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('safetensors, pytorch, tensorflow') as string,
    });
    expect(await plan('org/gguf:Q2_K')).toMatchObject({ exitCode: 3 });
    expect(await plan('org/gguf:Q8_0', '--quant', 'Q4_K_M')).toMatchObject({ exitCode: 2 });
    expect(await plan('org/several', '--framework', 'caffe')).toMatchObject({ exitCode: 2 });
  });

  test('a framework may be set for all, and means nothing to a dataset; the others are refused there', async () => {
    const plan = await prepare({ HUB_FRAMEWORK: 'auto' });
    expect((await plan('org/several')).paths).toEqual(['config.json', 'model.safetensors']);
    expect((await plan('org/several', '--framework', 'all')).paths).toHaveLength(5);
    // Of a GGUF repo one quantisation, whatever is set for models in general.
    const quantised = await prepare({ HUB_FRAMEWORK: 'safetensors' });
    expect((await quantised('org/gguf:Q8_0')).paths).toEqual(['README.md', 'm.Q8_0.gguf', 'mmproj-F16.gguf']);
    expect(await plan('datasets/org/data')).toMatchObject({ exitCode: 0, stderr: '' });
    const flagged = await plan('datasets/org/data', '--framework', 'auto');
    expect(flagged).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('no effect: --framework') as string });
    expect(await plan('datasets/org/data', '--variant', 'fp16')).toMatchObject({ exitCode: 2 });
  });
});
