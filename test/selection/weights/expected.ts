/** What `--framework auto` has to make of a real model. */
export interface Expected {
  /** As in fixtures/real-listings.txt; with the first digits of its commit where there are two. */
  readonly repo: string;
  /** The weights, and the indexes of their shards; `{1..3}` stands for the numbers from 1 to 3, `*` for anything. */
  readonly kept: readonly string[];
  /** Of what is left out: files and bytes. Sizes that the listing doesn't know count nothing. */
  readonly skippedFiles: number;
  readonly skippedBytes: number;
}

/** Thought out from the listings and from what the libraries load, and summed apart from the code under test. */
export const expected: readonly Expected[] = [
  {
    repo: 'jonatasgrosman/wav2vec2-large-xlsr-53-english',
    kept: ['model.safetensors'],
    skippedFiles: 2,
    skippedBytes: 0,
  },
  {
    repo: 'openai/whisper-base',
    kept: ['model.safetensors'],
    skippedFiles: 3,
    skippedBytes: 0,
  },
  {
    repo: 'facebook/bart-large-cnn',
    kept: ['model.safetensors'],
    skippedFiles: 4,
    skippedBytes: 6913393575,
  },
  {
    repo: 'facebook/opt-1.3b',
    kept: ['pytorch_model.bin'],
    skippedFiles: 2,
    skippedBytes: 5263455183,
  },
  {
    repo: 'bigscience/bloom-560m',
    kept: ['model.safetensors'],
    skippedFiles: 2,
    skippedBytes: 2236972319,
  },
  {
    repo: 'runwayml/stable-diffusion-v1-5',
    kept: [
      'safety_checker/model.safetensors',
      'text_encoder/model.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
    ],
    skippedFiles: 18,
    skippedBytes: 41777269567,
  },
  {
    repo: 'stabilityai/stable-diffusion-xl-base-1.0',
    kept: [
      'sd_xl_offset_example-lora_1.0.safetensors',
      'text_encoder/model.safetensors',
      'text_encoder_2/model.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
      'vae_1_0/diffusion_pytorch_model.safetensors',
    ],
    skippedFiles: 24,
    skippedBytes: 48769413423,
  },
  {
    repo: 'meta-llama/Llama-3.2-3B-Instruct',
    kept: ['model-0000{1..2}-of-00002.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 1,
    skippedBytes: 6425585114,
  },
  {
    repo: 'mistralai/Mistral-7B-Instruct-v0.3',
    kept: ['model-0000{1..3}-of-00003.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 1,
    skippedBytes: 14496078512,
  },
  {
    repo: 'tiiuae/falcon-7b-instruct',
    kept: ['pytorch_model-0000{1..2}-of-00002.bin', 'pytorch_model.bin.index.json'],
    skippedFiles: 3,
    skippedBytes: 27694280341,
  },
  {
    repo: 'google-bert/bert-base-uncased',
    kept: ['model.safetensors'],
    skippedFiles: 8,
    skippedBytes: 3012931838,
  },
  {
    repo: 'microsoft/resnet-50',
    kept: ['model.safetensors'],
    skippedFiles: 3,
    skippedBytes: 307772346,
  },
  {
    repo: 'openai-community/gpt2-xl',
    kept: ['pytorch_model.bin'],
    skippedFiles: 3,
    skippedBytes: 19215147254,
  },
  {
    repo: 'google/flan-t5-large',
    kept: ['model.safetensors'],
    skippedFiles: 3,
    skippedBytes: 9662327188,
  },
  {
    repo: 'bigscience/bloom',
    kept: ['model_000{01..72}-of-00072.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 73,
    skippedBytes: 352494848037,
  },
  {
    repo: 'sentence-transformers/all-MiniLM-L6-v2',
    kept: ['model.safetensors'],
    skippedFiles: 16,
    skippedBytes: 885316651,
  },
  {
    repo: 'Xenova/all-MiniLM-L6-v2',
    kept: ['onnx/model.onnx'],
    skippedFiles: 3,
    skippedBytes: 91242565,
  },
  {
    repo: 'openai-community/gpt2',
    kept: ['model.safetensors'],
    skippedFiles: 10,
    skippedBytes: 0,
  },
  {
    repo: 'TheBloke/Mistral-7B-Instruct-v0.2-GGUF',
    kept: ['*.gguf'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'openai/whisper-large-v3',
    kept: ['model.safetensors'],
    skippedFiles: 8,
    skippedBytes: 21610152375,
  },
  {
    repo: 'google/gemma-2b-it 718cb189',
    kept: ['model-0000{1..2}-of-00002.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 1,
    skippedBytes: 10031780704,
  },
  {
    repo: 'mistralai/Mistral-7B-v0.1',
    kept: ['model-0000{1..2}-of-00002.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 3,
    skippedBytes: 15007875653,
  },
  {
    repo: 'decapoda-research/llama-7b-hf',
    kept: ['pytorch_model-000{01..33}-of-00033.bin', 'pytorch_model.bin.index.json'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'vidore/colpali',
    kept: ['adapter_model.safetensors'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'google/t5-v1_1-base',
    kept: ['pytorch_model.bin'],
    skippedFiles: 2,
    skippedBytes: 1981202543,
  },
  {
    repo: 'hfl/chinese-roberta-wwm-ext',
    kept: ['pytorch_model.bin'],
    skippedFiles: 2,
    skippedBytes: 818501419,
  },
  {
    repo: 'ctl/wav2vec2-large-xlsr-cantonese',
    kept: ['pytorch_model.bin'],
    skippedFiles: 1,
    skippedBytes: 1276452378,
  },
  {
    repo: 'briaai/RMBG-1.4',
    kept: ['pytorch_model.bin'],
    skippedFiles: 4,
    skippedBytes: 485492487,
  },
  {
    repo: 'damo-vilab/text-to-video-ms-1.7b',
    kept: [
      'text_encoder/model.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
    ],
    skippedFiles: 9,
    skippedBytes: 14684157887,
  },
  {
    repo: 'sentence-transformers/distiluse-base-multilingual-cased-v1',
    kept: ['2_Dense/pytorch_model.bin', 'pytorch_model.bin'],
    skippedFiles: 1,
    skippedBytes: 539056768,
  },
  {
    repo: 'genmo/mochi-1-preview',
    kept: [
      'text_encoder/model-0000{1..2}-of-00002.safetensors',
      'text_encoder/model.safetensors.index.json',
      'transformer/diffusion_pytorch_model-0000{1..5}-of-00005.safetensors',
      'transformer/diffusion_pytorch_model.safetensors.index.json',
      'vae/diffusion_pytorch_model.safetensors',
    ],
    skippedFiles: 8,
    skippedBytes: 62924988121,
  },
  {
    repo: 'albert-base-v1',
    kept: ['pytorch_model.bin'],
    skippedFiles: 2,
    skippedBytes: 0,
  },
  {
    repo: 'distilbert-base-uncased-finetuned-sst-2-english',
    kept: ['pytorch_model.bin'],
    skippedFiles: 2,
    skippedBytes: 0,
  },
  {
    repo: 'harithapliyal/distilbert-base-uncased-finetuned-cola',
    kept: ['pytorch_model.bin'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'andite/anything-v4.0',
    kept: [
      'safety_checker/pytorch_model.bin',
      'text_encoder/pytorch_model.bin',
      'unet/diffusion_pytorch_model.bin',
      'vae/diffusion_pytorch_model.bin',
    ],
    skippedFiles: 15,
    skippedBytes: 64040497572,
  },
  {
    repo: 'CompVis/stable-diffusion-v1-4 133a221b',
    kept: [
      'safety_checker/model.safetensors',
      'text_encoder/model.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
    ],
    skippedFiles: 14,
    skippedBytes: 17839611119,
  },
  {
    repo: 'CompVis/stable-diffusion-v1-4 3a5394ea',
    kept: [
      'safety_checker/flax_model.msgpack',
      'text_encoder/flax_model.msgpack',
      'unet/diffusion_flax_model.msgpack',
      'vae/diffusion_flax_model.msgpack',
    ],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'google/gemma-2b-it 577d15c5',
    kept: ['model-0000{1..2}-of-00002.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 4,
    skippedBytes: 15044147004,
  },
  {
    repo: 'mymusise/EasternFantasyNoval',
    kept: ['tf_model.h5'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'dalle-mini/dalle-mini',
    kept: ['flax_model.msgpack'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'onnx-community/Qwen2.5-Coder-3B-Instruct',
    kept: ['onnx/model.onnx', 'onnx/model.onnx_data'],
    skippedFiles: 14,
    skippedBytes: 25607666613,
  },
  {
    repo: 'Qwen/Qwen2.5-VL-7B-Instruct',
    kept: ['model-0000{1..5}-of-00005.safetensors', 'model.safetensors.index.json'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'timm/mobilenetv3_small_100.lamb_in1k',
    kept: ['model.safetensors'],
    skippedFiles: 0,
    skippedBytes: 0,
  },
  {
    repo: 'google-bert/bert-base-chinese',
    kept: ['pytorch_model.bin'],
    skippedFiles: 1,
    skippedBytes: 0,
  },
];
