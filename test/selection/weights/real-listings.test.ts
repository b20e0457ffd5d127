import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileGlob } from '../../../src/selection/glob.js';
import { chooseWeights } from '../../../src/selection/weights/choose-weights.js';

interface RealListing {
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly (readonly [path: string, size: number | null])[];
}

const listings = JSON.parse(
  readFileSync(new URL('../../../fixtures/real-listings.json', import.meta.url), 'utf8'),
) as RealListing[];

/**
 * What `--framework auto` leaves out of each, written down from what each repo is. Where a repo is listed twice, the second
 * is its branch `flax`.
 */
const skippedByAuto: Record<string, readonly string[]> = {
  'jonatasgrosman/wav2vec2-large-xlsr-53-english': ['flax_model.msgpack', 'pytorch_model.bin'],
  'openai/whisper-base': ['flax_model.msgpack', 'pytorch_model.bin', 'tf_model.h5'],
  'facebook/bart-large-cnn': ['flax_model.msgpack', 'pytorch_model.bin', 'rust_model.ot', 'tf_model.h5'],
  // No safetensors: the pickle is what all of today's libraries load.
  'facebook/opt-1.3b': ['flax_model.msgpack', 'tf_model.h5'],
  'bigscience/bloom-560m': ['flax_model.msgpack', 'pytorch_model.bin'],
  // The components as plain safetensors; the checkpoints beside them are the whole pipeline again.
  'runwayml/stable-diffusion-v1-5': [
    '*/*.bin',
    '*/*.fp16.safetensors',
    '*/*.non_ema.safetensors',
    'v1-5-pruned.ckpt',
    'v1-5-pruned-emaonly.ckpt',
    'v1-5-pruned.safetensors',
    'v1-5-pruned-emaonly.safetensors',
  ],
  // The LoRA is an addition; the encoder's and decoder's folders hold exports alone.
  'stabilityai/stable-diffusion-xl-base-1.0': [
    '*/*.fp16.safetensors',
    '*/*.onnx',
    '*/*.onnx_data',
    '*/openvino_model.*',
    'sd_xl_base_1.0.safetensors',
    'sd_xl_base_1.0_0.9vae.safetensors',
  ],
  'meta-llama/Llama-3.2-3B-Instruct': ['original/consolidated.00.pth'],
  'mistralai/Mistral-7B-Instruct-v0.3': ['consolidated.safetensors'],
  'tiiuae/falcon-7b-instruct': ['coreml/*'],
  'google-bert/bert-base-uncased': [
    'coreml/*',
    'flax_model.msgpack',
    'model.onnx',
    'pytorch_model.bin',
    'rust_model.ot',
    'tf_model.h5',
  ],
  'microsoft/resnet-50': ['flax_model.msgpack', 'pytorch_model.bin', 'tf_model.h5'],
  'openai-community/gpt2-xl': ['flax_model.msgpack', 'rust_model.ot', 'tf_model.h5'],
  'google/flan-t5-large': ['flax_model.msgpack', 'pytorch_model.bin', 'tf_model.h5'],
  'bigscience/bloom': ['pytorch_model_*.bin', 'pytorch_model.bin.index.json'],
  'sentence-transformers/all-MiniLM-L6-v2': [
    'onnx/*.onnx',
    'openvino/*',
    'pytorch_model.bin',
    'rust_model.ot',
    'tf_model.h5',
  ],
  // ONNX is all it has; which precision is wanted, only the user knows.
  'Xenova/all-MiniLM-L6-v2': [],
  'openai-community/gpt2': [
    '*.tflite',
    'flax_model.msgpack',
    'onnx/*.onnx',
    'pytorch_model.bin',
    'rust_model.ot',
    'tf_model.h5',
  ],
  'TheBloke/Mistral-7B-Instruct-v0.2-GGUF': [],
  // The plain files are the fp16 that people load; fp32 is a variant.
  'openai/whisper-large-v3': [
    'flax_model.msgpack',
    'model.fp32-*.safetensors',
    'model.safetensors.index.fp32.json',
    'pytorch_model.bin',
    'pytorch_model.fp32-*.bin',
    'pytorch_model.bin.index.fp32.json',
  ],
  'google/gemma-2b-it': ['gemma-2b-it.gguf'],
  'mistralai/Mistral-7B-v0.1': ['pytorch_model-*.bin', 'pytorch_model.bin.index.json'],
  'decapoda-research/llama-7b-hf': [],
  'vidore/colpali': [],
  'google/t5-v1_1-base': ['flax_model.msgpack', 'tf_model.h5'],
  'hfl/chinese-roberta-wwm-ext': ['flax_model.msgpack', 'tf_model.h5'],
  // What training left is no weight, and stays.
  'ctl/wav2vec2-large-xlsr-cantonese': ['flax_model.msgpack'],
  // Two pickles by two names: nothing says that they are the same, and its code loads either.
  'briaai/RMBG-1.4': ['onnx/*.onnx'],
  'damo-vilab/text-to-video-ms-1.7b': ['*/*.bin', '*/*.fp16.safetensors'],
  // The pickle of the folder 2_Dense is a part of the model.
  'sentence-transformers/distiluse-base-multilingual-cased-v1': ['tf_model.h5'],
  'genmo/mochi-1-preview': [
    'decoder.safetensors',
    'dit.safetensors',
    'encoder.safetensors',
    'transformer/diffusion_pytorch_model.bf16-*.safetensors',
    'transformer/diffusion_pytorch_model.safetensors.index.bf16.json',
    'vae/diffusion_pytorch_model.bf16.safetensors',
  ],
  'albert-base-v1': ['tf_model.h5', 'with-prefix-tf_model.h5'],
  'distilbert-base-uncased-finetuned-sst-2-english': ['rust_model.ot', 'tf_model.h5'],
  'harithapliyal/distilbert-base-uncased-finetuned-cola': [],
  // The pipeline is in its folders, as pickles; all else are checkpoints for another program.
  'andite/anything-v4.0': ['Anything-V3.0-pruned.ckpt', 'anything-*'],
  'CompVis/stable-diffusion-v1-4': ['*/*.bin', '*/*.fp16.safetensors', '*/*.non_ema.safetensors'],
  'CompVis/stable-diffusion-v1-4 flax': [],
  'google/gemma-2b-it flax': ['flax_model-*.msgpack', 'flax_model.msgpack.index.json', 'gemma-2b-it.gguf'],
  'mymusise/EasternFantasyNoval': [],
  'dalle-mini/dalle-mini': [],
  'onnx-community/Qwen2.5-Coder-3B-Instruct': [],
  'Qwen/Qwen2.5-VL-7B-Instruct': [],
  'timm/mobilenetv3_small_100.lamb_in1k': [],
  'google-bert/bert-base-chinese': ['tf_model.h5'],
};

/** Bytes that `auto` saves, added up from the sizes of the listing. */
const savedByAuto: Record<string, number> = {
  // flax 102450913 + pytorch 102567489 + tf 102753944
  'microsoft/resnet-50': 307_772_346,
  // coreml 531999384 + flax 438064459 + onnx 532091246 + pytorch 440473133 + rust 534240408 + tf 536063208
  'google-bert/bert-base-uncased': 3_012_931_838,
  // flax 6230463910 + rust 6753580552 + tf 6231102792
  'openai-community/gpt2-xl': 19_215_147_254,
  // flax 2631529671 + tf 2631925512
  'facebook/opt-1.3b': 5_263_455_183,
  // flax 1118440424 + pytorch 1118531895
  'bigscience/bloom-560m': 2_236_972_319,
  // flax 3132624407 + pytorch 3132781861 + tf 3396920920
  'google/flan-t5-large': 9_662_327_188,
  // flax 990323615 + tf 990878928
  'google/t5-v1_1-base': 1_981_202_543,
};
const seen = new Set<string>();
const cases = listings.map((listing) => {
  const name = seen.has(listing.repo) ? `${listing.repo} flax` : listing.repo;
  seen.add(name);
  return { ...listing, name };
});

function chooseOf(name: string, wanted: Parameters<typeof chooseWeights>[1]) {
  const listing = cases.find((it) => it.name === name);
  if (listing === undefined) throw new Error(`no listing ${name}`);
  const files = listing.files.map(([path, size]) => ({ path, size: size ?? 0 }));
  const { files: kept, ...rest } = chooseWeights(files, wanted, { listing: files, repo: name });
  const keptPaths = new Set(kept.map(({ path }) => path));
  return {
    ...rest,
    kept: [...keptPaths],
    skippedPaths: files.map(({ path }) => path).filter((it) => !keptPaths.has(it)),
  };
}

describe('--framework auto', () => {
  test('has an expected outcome for every real listing', () => {
    expect(Object.keys(skippedByAuto).sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  test.each(cases)('of $name leaves out what it has twice, and nothing else', ({ name, files }) => {
    const patterns = (skippedByAuto[name] ?? []).map((pattern) => ({ pattern, matches: compileGlob(pattern) }));
    const expected = files.map(([path]) => path).filter((path) => patterns.some(({ matches }) => matches(path)));
    for (const { pattern, matches } of patterns)
      expect(
        files.some(([path]) => matches(path)),
        pattern,
      ).toBe(true);
    const { skippedPaths, skipped } = chooseOf(name, { framework: 'auto' });
    expect(skippedPaths).toEqual(expected);
    const bytes = files.filter(([path]) => expected.includes(path)).reduce((sum, [, size]) => sum + (size ?? 0), 0);
    expect(skipped.reduce((sum, its) => sum + its.bytes, 0)).toBe(bytes);
  });

  test.each(Object.entries(savedByAuto))('of %s saves %d bytes', (name, bytes) => {
    expect(chooseOf(name, { framework: 'auto' }).skipped.reduce((sum, its) => sum + its.bytes, 0)).toBe(bytes);
  });
});
