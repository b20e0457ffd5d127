import { describe, expect, it } from 'vitest';
import { HubError } from '../../../src/errors.js';
import type { WeightsChoice } from '../../../src/repo/weights-choice.js';
import { offerOfAuto } from '../../../src/selection/weights/offer-of-auto.js';
import { selectWeights } from '../../../src/selection/weights/select-weights.js';
import { realListing } from './listings.js';

const repo = 'org/name';
const filesOf = (paths: readonly string[]) => paths.map((path) => ({ path, size: 10_000_000 }));

function outcomeOf(choice: WeightsChoice, paths: readonly string[], named: readonly string[] = []) {
  const files = filesOf(paths);
  return selectWeights(choice, { files, listing: files, named: new Set(named), repo });
}

const keptOf = (...args: Parameters<typeof outcomeOf>) => outcomeOf(...args).files.map(({ path }) => path);

function keptOfReal(name: string, choice: WeightsChoice): string[] {
  const { files } = realListing(name);
  const selected = selectWeights(choice, { files, listing: files, named: new Set(), repo: name });
  return selected.files.map(({ path }) => path);
}

function refusalOf(choice: WeightsChoice, paths: readonly string[]): unknown {
  try {
    outcomeOf(choice, paths);
  } catch (error) {
    if (error instanceof HubError) {
      return { code: error.code, exitCode: error.exitCode, message: error.message, hint: error.hint };
    }
    throw error;
  }
  return undefined;
}

const shards = (name: string, ending: string, of: number) =>
  Array.from({ length: of }, (_, at) => `${name}-0000${at + 1}-of-0000${of}${ending}`);

const auto = { framework: 'auto' } as const;
const bert = ['config.json', 'model.safetensors', 'pytorch_model.bin', 'tf_model.h5', 'flax_model.msgpack', 'run.py'];

describe('a framework by name', () => {
  it.each([
    ['safetensors', 'model.safetensors'],
    ['pytorch', 'pytorch_model.bin'],
    ['tensorflow', 'tf_model.h5'],
    ['flax', 'flax_model.msgpack'],
  ] as const)('%s takes %s and all that is no weights', (framework, weights) => {
    expect(keptOf({ framework }, bert)).toEqual(['config.json', weights, 'run.py']);
  });

  it('that the repo lacks is refused with those it has', () => {
    expect(refusalOf({ framework: 'onnx' }, [...bert, 'rust_model.ot'])).toEqual({
      code: 'no-such-framework',
      exitCode: 3,
      message: 'org/name has no weights for onnx',
      hint: 'It has them for safetensors, pytorch, tensorflow, flax.',
    });
    expect(refusalOf({ framework: 'safetensors' }, ['pytorch_model.bin'])).toMatchObject({
      hint: 'It has them for pytorch.',
    });
    expect(refusalOf({ framework: 'flax' }, ['config.json'])).toMatchObject({ code: 'no-such-framework' });
  });

  it('pytorch is safetensors where there are no pickles, and the makers’ own pickles where there are', () => {
    expect(keptOf({ framework: 'pytorch' }, ['model.safetensors', 'tf_model.h5'])).toEqual(['model.safetensors']);
    const llama = ['model.safetensors', 'original/consolidated.00.pth', 'original/params.json'];
    expect(keptOf({ framework: 'pytorch' }, llama)).toEqual(llama.slice(1));
  });

  it('leaves no index of shards behind that are not there', () => {
    const both = [
      ...shards('model', '.safetensors', 2),
      'model.safetensors.index.json',
      ...shards('pytorch_model', '.bin', 2),
      'pytorch_model.bin.index.json',
    ];
    expect(keptOf({ framework: 'pytorch' }, both)).toEqual(both.slice(3));
  });

  it('all takes everything', () => {
    expect(keptOf({ framework: 'all' }, bert)).toEqual(bert);
  });

  it('onnx takes the external data too', () => {
    const kept = keptOfReal('stabilityai/stable-diffusion-xl-base-1.0', { framework: 'onnx' });
    expect(kept.filter((path) => /onnx|safetensors|\.bin|\.xml/.test(path))).toEqual([
      'text_encoder/model.onnx',
      'text_encoder_2/model.onnx',
      'text_encoder_2/model.onnx_data',
      'unet/model.onnx',
      'unet/model.onnx_data',
      'vae_decoder/model.onnx',
      'vae_encoder/model.onnx',
    ]);
  });
});

describe('auto', () => {
  it('chooses folder by folder between pickles and safetensors', () => {
    const paths = ['model.safetensors', 'pytorch_model.bin', '2_Dense/pytorch_model.bin', '1_Pooling/config.json'];
    expect(keptOf(auto, paths)).toEqual(['model.safetensors', '2_Dense/pytorch_model.bin', '1_Pooling/config.json']);
  });

  it('keeps a part with a name of its own, unless the same name is there in safetensors', () => {
    expect(keptOf(auto, ['llm.pt', 'flow.pt', 'campplus.onnx'])).toEqual(['llm.pt', 'flow.pt', 'campplus.onnx']);
    expect(keptOf(auto, ['dvae.pth', 'model.safetensors', 'model.pth'])).toEqual(['dvae.pth', 'model.safetensors']);
    expect(keptOf(auto, ['sd.ckpt', 'sd.safetensors', 'lora.safetensors'])).toEqual([
      'sd.safetensors',
      'lora.safetensors',
    ]);
    expect(keptOf(auto, ['open_clip_pytorch_model.bin', 'open_clip_model.safetensors'])).toEqual([
      'open_clip_model.safetensors',
    ]);
  });

  it('takes an adapter’s safetensors', () => {
    expect(keptOf(auto, ['adapter_config.json', 'adapter_model.bin', 'adapter_model.safetensors'])).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
  });

  it('keeps what no rule knows, and what a training leaves', () => {
    const others = [
      'optimizer.pt',
      'training_args.bin',
      'rng_state_0.pth',
      'lm.binary',
      'vocab.bin',
      'x.npz',
      'LICENSE',
    ];
    expect(keptOf(auto, ['model.safetensors', ...others])).toEqual(['model.safetensors', ...others]);
  });

  it('takes the only form that there is', () => {
    for (const path of ['rust_model.ot', 'a.tflite', 'openvino_model.bin', 'saved_model.pb', 'onnx/model_int8.onnx']) {
      expect(keptOf(auto, ['config.json', path])).toEqual(['config.json', path]);
    }
  });

  it('takes one file where an older upload left shards beside it', () => {
    const old = [...shards('model', '.safetensors', 3).slice(1), 'model.safetensors.index.json'];
    expect(keptOf(auto, ['model.safetensors', ...old])).toEqual(['model.safetensors']);
  });

  it('never leaves out what was named', () => {
    expect(keptOf(auto, bert, ['tf_model.h5'])).toEqual(['config.json', 'model.safetensors', 'tf_model.h5', 'run.py']);
  });

  it('tells what it leaves out, and why', () => {
    const paths = ['model.safetensors', 'model.fp16.safetensors', 'consolidated.safetensors', 'tf_model.h5'];
    expect(outcomeOf(auto, paths)).toMatchObject({
      formats: ['safetensors'],
      skipped: [
        { format: 'safetensors', reason: 'other-variant', paths: ['model.fp16.safetensors'], bytes: 10_000_000 },
        { format: 'safetensors', reason: 'copy', paths: ['consolidated.safetensors'], bytes: 10_000_000 },
        { format: 'tensorflow', reason: 'other-framework', paths: ['tf_model.h5'], bytes: 10_000_000 },
      ],
    });
  });

  it('is offered where it would save something', () => {
    const offerFor = (choice: WeightsChoice, paths: readonly string[]) =>
      offerOfAuto(choice, { files: filesOf(paths), listing: filesOf(paths), named: new Set(), repo });
    expect(offerFor({ framework: 'all' }, bert)).toEqual({ formats: ['safetensors'], bytesSaved: 30_000_000 });
    expect(offerFor({ framework: 'all' }, ['model.safetensors', 'config.json'])).toBeUndefined();
    expect(offerFor(auto, bert)).toBeUndefined();
    expect(offerFor({ framework: 'all' }, ['tf_model.h5', 'model-00001-of-00002.safetensors'])).toBeUndefined();
  });
});

// Work that grows with the square of these would not end within the test's time.
it('takes little time for a hostile or a huge listing', () => {
  const parts = Array.from({ length: 50_000 }, (_, at) => `part-${at}-of-9999.pt`);
  const many = Array.from({ length: 50_000 }, (_, at) => `embeddings/${at}.pt`);
  const shardsOf = Array.from(
    { length: 9000 },
    (_, at) => `model-${String(at + 1).padStart(5, '0')}-of-09000.safetensors`,
  );
  expect(refusalOf(auto, parts)).toMatchObject({ code: 'shard-missing' });
  expect(keptOf(auto, many)).toHaveLength(50_000);
  expect(keptOf(auto, shardsOf)).toHaveLength(9000);
});

describe('shards', () => {
  it('are a complete set or none', () => {
    const paths = ['model_00001-of-00004.safetensors', 'model_00003-of-00004.safetensors', 'pytorch_model.bin'];
    expect(refusalOf(auto, paths)).toMatchObject({
      code: 'shard-missing',
      exitCode: 3,
      message: 'org/name lacks model_00002-of-00004.safetensors and 1 more: these weights are not complete',
    });
    expect(keptOf({ framework: 'pytorch' }, paths)).toEqual(['pytorch_model.bin']);
    expect(keptOf({ framework: 'all' }, paths)).toEqual(paths);
  });

  it('may be counted from 0, and with more digits in the total', () => {
    const paths = ['model.ckpt.data-00000-of-00001', 'model.ckpt.index'];
    expect(keptOf(auto, paths)).toEqual(paths);
    expect(refusalOf(auto, ['model-00001-of-000002.safetensors'])).toMatchObject({
      message: 'org/name lacks model-00002-of-000002.safetensors: these weights are not complete',
    });
  });

  it('are judged by the commit, not by what the globs left', () => {
    const listing = filesOf(shards('model', '.safetensors', 2));
    const files = listing.slice(0, 1);
    expect(selectWeights(auto, { files, listing, named: new Set(), repo }).files).toEqual(files);
  });
});

describe('a variant', () => {
  const pipeline = [
    'model_index.json',
    'unet/diffusion_pytorch_model.safetensors',
    'unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors',
    'unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors',
    'unet/diffusion_pytorch_model.safetensors.index.fp16.json',
    'text_encoder/model.safetensors',
    'safety_checker/pytorch_model.bin',
    'safety_checker/pytorch_model.fp16.bin',
  ];

  it('is taken where a component has it; the others keep their plain weights', () => {
    const kept = [
      'model_index.json',
      'unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors',
      'unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors',
      'unet/diffusion_pytorch_model.safetensors.index.fp16.json',
      'text_encoder/model.safetensors',
      'safety_checker/pytorch_model.fp16.bin',
    ];
    expect(keptOf({ framework: 'auto', variant: 'fp16' }, pipeline)).toEqual(kept);
    expect(keptOf({ framework: 'all', variant: 'fp16' }, pipeline)).toEqual(kept);
  });

  it('that is nowhere is refused with the known ones', () => {
    expect(refusalOf({ framework: 'auto', variant: 'bf16' }, [...pipeline, 'vae/model.ema.safetensors'])).toEqual({
      code: 'no-such-variant',
      exitCode: 3,
      message: 'org/name has no weights of the variant bf16',
      hint: 'It has ema, fp16.',
    });
    expect(refusalOf({ framework: 'all', variant: 'fp16' }, bert)).toMatchObject({
      hint: 'Its weights come in no variants.',
    });
  });

  it('of one framework is none of another', () => {
    const paths = ['tf_model.h5', 'model.safetensors', 'model.fp16.safetensors'];
    expect(refusalOf({ framework: 'tensorflow', variant: 'fp16' }, paths)).toMatchObject({ code: 'no-such-variant' });
  });

  it('takes the fp32 shards of whisper, with their index', () => {
    expect(
      keptOfReal('openai/whisper-large-v3', { framework: 'safetensors', variant: 'fp32' }).filter((path) =>
        path.includes('model'),
      ),
    ).toEqual([
      'model.fp32-00001-of-00002.safetensors',
      'model.fp32-00002-of-00002.safetensors',
      'model.safetensors.index.fp32.json',
    ]);
  });
});

describe('a quantisation', () => {
  const split = [
    'Q4_K_M/big-Q4_K_M-00001-of-00002.gguf',
    'Q4_K_M/big-Q4_K_M-00002-of-00002.gguf',
    'big-Q8_0.gguf',
    'BF16/big-00001-of-00001.gguf',
    'UD-Q4_K_M/big-UD-Q4_K_M.gguf',
    'mmproj-F16.gguf',
    'big.imatrix.gguf',
    'README.md',
  ];
  const withNone = ['mmproj-F16.gguf', 'big.imatrix.gguf', 'README.md'];

  it('is taken with all its files, and with what belongs to any', () => {
    expect(keptOf({ framework: 'all', quant: 'q4_k_m' }, split)).toEqual([...split.slice(0, 2), ...withNone]);
    expect(keptOf({ framework: 'auto', quant: 'BF16' }, split)).toEqual(['BF16/big-00001-of-00001.gguf', ...withNone]);
    expect(keptOf({ framework: 'gguf', quant: 'UD-Q4_K_M' }, split)).toEqual([
      'UD-Q4_K_M/big-UD-Q4_K_M.gguf',
      ...withNone,
    ]);
  });

  it('of which none is chosen leaves all, and tells their sizes', () => {
    const { files, quantisations } = outcomeOf(auto, split);
    expect(files).toHaveLength(split.length);
    expect(quantisations).toEqual([
      { name: 'BF16', framework: 'gguf', files: 1, bytes: 10_000_000 },
      { name: 'Q8_0', framework: 'gguf', files: 1, bytes: 10_000_000 },
      { name: 'UD-Q4_K_M', framework: 'gguf', files: 1, bytes: 10_000_000 },
      { name: 'Q4_K_M', framework: 'gguf', files: 2, bytes: 20_000_000 },
    ]);
  });

  it('names GGUF, so that the safetensors beside it are not wanted', () => {
    const paths = ['model.safetensors', 'm.Q4_0.gguf', 'm.Q8_0.gguf', 'config.json'];
    expect(keptOf({ framework: 'all', quant: 'Q4_0' }, paths)).toEqual(['m.Q4_0.gguf', 'config.json']);
  });

  it('that is nowhere is refused with the known ones and their sizes', () => {
    expect(refusalOf({ framework: 'all', quant: 'Q2_K' }, ['m.Q4_0.gguf', 'm.Q8_0.gguf'])).toEqual({
      code: 'no-such-quant',
      exitCode: 3,
      message: 'org/name has no quantisation Q2_K',
      hint: 'It has Q4_0 (10.0 MB), Q8_0 (10.0 MB).',
    });
    expect(refusalOf({ framework: 'all', quant: 'Q2_K' }, bert)).toMatchObject({ hint: 'It has no quantisations.' });
    expect(refusalOf({ framework: 'safetensors', quant: 'Q4_0' }, ['m.Q4_0.gguf', 'model.safetensors'])).toMatchObject({
      code: 'no-such-quant',
    });
  });

  it('is a precision in ONNX', () => {
    expect(
      keptOfReal('onnx-community/Qwen2.5-Coder-3B-Instruct', { framework: 'all', quant: 'q4f16' }).filter((path) =>
        path.includes('onnx/'),
      ),
    ).toEqual(['onnx/model_q4f16.onnx', 'onnx/model_q4f16.onnx_data']);
  });
});
