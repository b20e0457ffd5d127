import { describe, expect, test } from 'vitest';
import { chooseWeights, NoSuchWeights, type WantedWeights } from '../../../src/selection/weights/choose-weights.js';
import { ShardsMissing } from '../../../src/selection/weights/weight-sets.js';

const repo = 'org/name';
const sized = (paths: readonly string[]) => paths.map((path, index) => ({ path, size: 10 ** (index % 7) }));

function keptOf(paths: readonly string[], wanted: WantedWeights, listed: readonly string[] = paths) {
  return chooseWeights(sized(paths), wanted, { listing: sized(listed), repo }).files.map(({ path }) => path);
}

const bert = [
  'config.json',
  'model.safetensors',
  'pytorch_model.bin',
  'tf_model.h5',
  'flax_model.msgpack',
  'onnx/model.onnx',
];

describe('a named framework', () => {
  test.each<[WantedWeights['framework'], string]>([
    ['safetensors', 'model.safetensors'],
    ['pytorch', 'pytorch_model.bin'],
    ['tensorflow', 'tf_model.h5'],
    ['flax', 'flax_model.msgpack'],
    ['onnx', 'onnx/model.onnx'],
  ])('%s: its weights alone, and all that is no weight', (framework, weights) => {
    expect(keptOf(bert, framework === undefined ? {} : { framework })).toEqual(['config.json', weights]);
  });

  test('one that the repo lacks is refused with those that it has', () => {
    expect(() => keptOf(bert, { framework: 'gguf' })).toThrow(NoSuchWeights);
    expect(() => keptOf(['tf_model.h5', 'flax_model.msgpack'], { framework: 'pytorch' })).toThrow(
      /no weights for pytorch/,
    );
  });

  test('pytorch without pickles: safetensors, with a note', () => {
    const files = sized(['config.json', 'model.safetensors', 'original/consolidated.00.pth', 'tf_model.h5']);
    const chosen = chooseWeights(files, { framework: 'pytorch' }, { listing: files, repo });
    expect(chosen.files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors']);
    expect(chosen.notes).toMatchObject([{ code: 'no-pickles' }]);
  });

  test('a repo without any weights is taken as it is', () => {
    expect(keptOf(['README.md', 'tokenizer.json'], { framework: 'auto' })).toEqual(['README.md', 'tokenizer.json']);
    expect(keptOf(['README.md', 'tokenizer.json'], { framework: 'flax' })).toEqual(['README.md', 'tokenizer.json']);
  });

  test('an index goes with its shards', () => {
    const paths = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'pytorch_model-00001-of-00001.bin',
      'pytorch_model.bin.index.json',
      'tokenizer.json',
    ];
    expect(keptOf(paths, { framework: 'auto' })).toEqual([...paths.slice(0, 3), 'tokenizer.json']);
    expect(keptOf(paths, { framework: 'pytorch' })).toEqual(paths.slice(3));
  });
});

describe('shards', () => {
  const shards = [1, 2, 3].map((index) => `model-0000${index}-of-00003.safetensors`);

  test('one that the numbers promise and the listing lacks is named', () => {
    const listed = ['config.json', ...shards.filter((path) => !path.includes('00002-of'))];
    expect(() => keptOf(listed, { framework: 'auto' })).toThrow(ShardsMissing);
    expect(() => keptOf(listed, { framework: 'auto' })).toThrow(/lacks model-00002-of-00003\.safetensors,/);
    expect(keptOf(listed, {})).toEqual(listed);
  });

  test('one that a filter took away is not missing', () => {
    expect(keptOf(['config.json', shards[0] ?? ''], { framework: 'auto' }, ['config.json', ...shards])).toHaveLength(2);
  });

  test('in the style of BLOOM, and counted from 0', () => {
    expect(() => keptOf(['model_00001-of-00072.safetensors'], { framework: 'auto' })).toThrow(
      /model_00002-of-00072\.safetensors and 70 more/,
    );
    const fromZero = ['model-00000-of-00002.safetensors', 'model-00001-of-00002.safetensors'];
    expect(keptOf(fromZero, { framework: 'auto' })).toEqual(fromZero);
  });

  test('those of a set that is not taken are nobody’s business', () => {
    expect(keptOf(['model.safetensors', 'pytorch_model-00001-of-00002.bin'], { framework: 'auto' })).toEqual([
      'model.safetensors',
    ]);
  });

  test('a number from a foreign name is bounded', () => {
    expect(() => keptOf(['model-000001-of-999999.safetensors'], { framework: 'auto' })).toThrow(/and 9998 more/);
  });
});

describe('a variant', () => {
  const pipeline = [
    'model_index.json',
    'text_encoder/model.safetensors',
    'unet/diffusion_pytorch_model.bin',
    'unet/diffusion_pytorch_model.fp16.bin',
    'unet/diffusion_pytorch_model.fp16.safetensors',
    'unet/diffusion_pytorch_model.safetensors',
  ];

  test('is taken where there is one, and the plain weights elsewhere', () => {
    expect(keptOf(pipeline, { framework: 'auto', variant: 'fp16' })).toEqual([
      'model_index.json',
      'text_encoder/model.safetensors',
      'unet/diffusion_pytorch_model.fp16.safetensors',
    ]);
  });

  test('of all frameworks, where none is chosen', () => {
    expect(keptOf(pipeline, { variant: 'fp16' })).toEqual([
      'model_index.json',
      'text_encoder/model.safetensors',
      'unet/diffusion_pytorch_model.fp16.bin',
      'unet/diffusion_pytorch_model.fp16.safetensors',
    ]);
  });

  test('that does not exist is refused with those that do', () => {
    expect(() => keptOf(pipeline, { variant: 'bf16' })).toThrow(
      expect.objectContaining({ hint: 'It has: fp16.' }) as Error,
    );
  });

  test('that only the lesser format has decides for it', () => {
    const paths = ['model.safetensors', 'pytorch_model.bin', 'pytorch_model.fp16.bin'];
    expect(keptOf(paths, { framework: 'auto', variant: 'fp16' })).toEqual(['pytorch_model.fp16.bin']);
  });

  test('where there are variants alone, all of them stay', () => {
    const paths = ['model.fp16.safetensors', 'model.fp32.safetensors'];
    expect(keptOf(paths, { framework: 'auto' })).toEqual(paths);
  });
});

describe('a quantisation', () => {
  const ggufs = ['config.json', 'x.Q2_K.gguf', 'x.Q4_K_M.gguf', 'mmproj-x-f16.gguf', 'x.BF16.gguf'];

  test('is taken with what each of them needs, in any case of its letters', () => {
    expect(keptOf(ggufs, { quant: 'q4_k_m' })).toEqual(['config.json', 'x.Q4_K_M.gguf', 'mmproj-x-f16.gguf']);
  });

  test('that does not exist is refused with those that do, and their sizes', () => {
    expect(() => keptOf(ggufs, { quant: 'Q5_0' })).toThrow(
      expect.objectContaining({ hint: 'It has: Q2_K (0.0 MB), Q4_K_M (0.0 MB), BF16 (0.0 MB).' }) as Error,
    );
  });

  test('of several, none chosen: all are taken, and told', () => {
    const files = sized(ggufs);
    const chosen = chooseWeights(files, { framework: 'auto' }, { listing: files, repo });
    expect(chosen.files).toEqual(files);
    expect(chosen.quantisations.map(({ name }) => name)).toEqual(['Q2_K', 'Q4_K_M', 'BF16']);
  });

  test('in parts, or in a folder of its own', () => {
    const paths = [
      'Q4_K_M/x-Q4_K_M-00001-of-00002.gguf',
      'Q4_K_M/x-Q4_K_M-00002-of-00002.gguf',
      'UD-IQ2_XXS/x-00001-of-00001.gguf',
      'x-UD-Q4_K_XL.gguf',
    ];
    expect(keptOf(paths, { quant: 'Q4_K_M' })).toEqual(paths.slice(0, 2));
    expect(keptOf(paths, { quant: 'IQ2_XXS' })).toEqual(paths.slice(2, 3));
    expect(keptOf(paths, { quant: 'Q4_K_XL' })).toEqual(paths.slice(3));
    expect(() => keptOf(paths.slice(1), { quant: 'Q4_K_M' })).toThrow(/Q4_K_M\/x-Q4_K_M-00001-of-00002\.gguf/);
  });

  test('of ONNX, with the data beside it', () => {
    const paths = [
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/model_q4.onnx',
      'onnx/model_q4.onnx_data',
      'vocab.json',
    ];
    expect(keptOf(paths, { quant: 'q4' })).toEqual(paths.slice(2));
  });

  test('goes before the other weights of the repo', () => {
    expect(keptOf(['model.safetensors', 'x-q8_0.gguf', 'config.json'], { quant: 'Q8_0' })).toEqual([
      'x-q8_0.gguf',
      'config.json',
    ]);
  });
});
