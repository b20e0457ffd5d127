/** What weights are saved for: the names that `--framework` takes first, in the order in which `auto` prefers them. */
export const frameworks = ['safetensors', 'pytorch', 'tensorflow', 'flax', 'onnx', 'gguf'] as const;
export type Framework = (typeof frameworks)[number];

/** Those that nobody asks for by name, and that are left out wherever one of the above is taken. */
export type OtherFormat = 'rust' | 'openvino' | 'coreml' | 'tflite';
export type Format = Framework | OtherFormat;

/** What a weight file is to its model, told by its name. */
export interface Rule {
  readonly format: Format;
  /** Of the whole path in the repo. */
  readonly path: RegExp;
  /**
   * Files of one folder with the same role hold the same weights in other formats: one of them is enough. `stem`: the
   * name without its endings is the role, so only a twin of that name replaces it.
   */
  readonly role: 'model' | 'adapter' | 'stem';
}

/**
 * Which files are weights, and of what. The first rule that fits counts; a file that none fits is no weight and is never
 * left out: configs, tokenizers, code, licences, and what training left behind (`optimizer.pt`, `training_args.bin`).
 *
 * To teach it another name, add a line: tests in `test/selection/weights` hold it to real repos.
 */
export const rules: readonly Rule[] = [
  // Apple's packages are folders; what lies in them is of no use alone.
  { format: 'coreml', path: /\.ml(package|modelc)\//, role: 'model' },
  { format: 'coreml', path: /\.mlmodel$/, role: 'model' },
  { format: 'openvino', path: /(^|\/)openvino_[^/]*\.(bin|xml)$/, role: 'model' },
  { format: 'tflite', path: /\.tflite$/, role: 'model' },
  { format: 'rust', path: /\.ot$/, role: 'model' },
  // With the data of a model above 2 GB beside it, in one file or several.
  { format: 'onnx', path: /\.onnx([._]data(_\d+)?)?$/, role: 'model' },
  { format: 'gguf', path: /\.gguf$/, role: 'stem' },
  { format: 'flax', path: /\.msgpack$/, role: 'model' },
  { format: 'tensorflow', path: /\.h5$/, role: 'model' },
  // SavedModel, and checkpoints of TensorFlow 1.
  {
    format: 'tensorflow',
    path: /(^|\/)(saved_model\.pb|variables\/variables\.(index|data-\d+-of-\d+))$/,
    role: 'model',
  },
  { format: 'tensorflow', path: /\.ckpt(-\d+)?\.(index|meta|data-\d+-of-\d+)$/, role: 'model' },
  { format: 'safetensors', path: /(^|\/)adapter_model[^/]*\.safetensors$/, role: 'adapter' },
  {
    format: 'safetensors',
    path: /(^|\/)(model|diffusion_pytorch_model|pytorch_model)([._-][^/]*)?\.safetensors$/,
    role: 'model',
  },
  { format: 'safetensors', path: /\.safetensors$/, role: 'stem' },
  { format: 'pytorch', path: /(^|\/)adapter_model[^/]*\.(bin|pt|pth)$/, role: 'adapter' },
  { format: 'pytorch', path: /(^|\/)(diffusion_)?pytorch_model([._-][^/]*)?\.(bin|pt|pth)$/, role: 'model' },
  { format: 'pytorch', path: /(^|\/)pytorch_lora_weights[^/]*\.(bin|pt|pth)$/, role: 'stem' },
  { format: 'pytorch', path: /(^|\/)model\.(pt|pth|ckpt)$/, role: 'model' },
  { format: 'pytorch', path: /(^|\/)consolidated\.[^/]*\.pth$/, role: 'stem' },
  { format: 'pytorch', path: /(\.vae\.pt|\.ckpt)$/, role: 'stem' },
  {
    format: 'pytorch',
    path: /(^|\/)(?!(optimizer|scheduler|scaler|rng_state|random_states|training|global_step|mp_rank|zero_pp)[^/]*$)[^/]*\.(pt|pth)$/,
    role: 'stem',
  },
];

/** Tells which shards a set has. It goes and stays with them. */
export const indexName = /(^|\/)[^/]+\.(safetensors|bin|msgpack|h5)\.index(\.[\w-]+)?\.json$/;

/** Folders whose weights are those of the folder above in another format: left out where that one has its own. */
export const copyFolder = /(^|\/)(original|onnx|openvino|coreml|metal|tflite|consolidated)\//;

/** Files that are such a copy by their name: Mistral's and Meta's own format beside the one of transformers. */
export const copyName = /(^|\/)consolidated[^/]*\.(safetensors|pth)$/;

/** A pipeline of diffusers: its weights are in folders, and those beside this file are the same as one file. */
export const pipelineIndex = 'model_index.json';

/** Beside such a pipeline, what is an addition and no copy. */
export const pipelineAddition = /lora|adapter|embedding/i;
