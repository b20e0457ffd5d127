import type { Framework } from '../../repo/frameworks.js';

/*
 * What files of a model are its weights, by their names: the whole of what we know of it. docs/selection.md says the
 * same in words. A name that no rule knows is no weight, and is never left out.
 */

/** What weights are stored as: one of the frameworks, or something that none of them reads. */
export type WeightFormat = Framework | 'openvino' | 'coreml' | 'tflite' | 'rust' | 'paddle';

interface WeightRule {
  /** Undefined: looks like weights, and is none. */
  readonly format: WeightFormat | undefined;
  /** Tried on the whole path. */
  readonly path: RegExp;
}

/** The first rule that fits decides. */
export const weightRules: readonly WeightRule[] = [
  // What a training leaves behind: nobody's weights, however large. Not ours to judge, so it stays.
  { format: undefined, path: /(^|\/)(training_args|optimizer|scheduler|scaler|rng_state[^/]*)\.(bin|pt|pth)$/i },
  { format: undefined, path: /(^|\/)[^/]*optim_states\.pt$/i },
  // Packages of Apple's: a folder is one thing, its manifest included.
  { format: 'coreml', path: /\.(mlpackage|mlmodelc)\// },
  { format: 'coreml', path: /\.mlmodel$/ },
  { format: 'openvino', path: /(^|\/)openvino_[^/]*\.(bin|xml)$/ },
  { format: 'openvino', path: /(^|\/)openvino\/.*\.(bin|xml)$/ },
  { format: 'safetensors', path: /\.safetensors$/ },
  { format: 'gguf', path: /\.gguf$/i },
  { format: 'gguf', path: /(^|\/)ggml[-_][^/]*\.bin$/i },
  { format: 'onnx', path: /\.onnx([._]data([._]?\d+)?)?$/ },
  { format: 'tensorflow', path: /\.(h5|keras)$/ },
  { format: 'tensorflow', path: /(^|\/)(saved_model\.pb|keras_metadata\.pb|variables\/variables\.[^/]+)$/ },
  { format: 'tensorflow', path: /\.ckpt(-\d+)?\.(index|meta|data-\d+-of-\d+)$/ },
  { format: 'flax', path: /\.msgpack$/ },
  { format: 'tflite', path: /\.tflite$/ },
  { format: 'rust', path: /\.ot$/ },
  { format: 'paddle', path: /\.(pdparams|pdiparams|pdmodel)$/ },
  { format: 'pytorch', path: /\.(pt|pth|ckpt)$/ },
  // `.bin` is anything; only such names are weights.
  { format: 'pytorch', path: /(^|\/)[^/]*(model|weights|lora|adapter|embeds|consolidated)[^/]*\.bin$/i },
];

/** Names that a library looks for by itself: such a file is the weights of its folder, in one format or another. */
export const libraryNames =
  /^(model|pytorch_model|diffusion_pytorch_model|tf_model|flax_model|diffusion_flax_model|encoder_model|decoder_model(_merged)?|decoder_with_past_model)$/;

/** The makers' own form of weights that are beside it in a library's form: `consolidated.00.pth`. */
export const makersNames = /^consolidated(\.\d+)?$/;

/** Folders that hold what is above them once more, in another form. */
export const exportFolders = /^(onnx|openvino|coreml|tflite|flax|tf|tensorflow|pytorch|rust|gguf|original)$/i;

/** Formats whose files all stand for the model, whatever their names are. */
export const wholeModelFormats: readonly WeightFormat[] = [
  'tensorflow',
  'flax',
  'gguf',
  'openvino',
  'coreml',
  'tflite',
  'rust',
  'paddle',
];

/** Added to a model, not a copy of it. */
export const addOnNames = /lora|adapter|embeds/i;

/** GGUF files beside the quantisations: the projector of images, the importance matrix. They stay with any. */
export const ggufCompanions = /mmproj|imatrix/i;

/** `Q4_K_M`, `IQ2_XXS`, `UD-Q4_K_XL`, `BF16`: at the end of a GGUF file's name, or the name of its folder. */
export const ggufQuantisation =
  /^(.*?[-._])??((?:UD-)?(?:I?Q\d+(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|BF16|F16|FP16|F32|FP32))$/i;

/** `model_fp16.onnx`, `model_q4f16.onnx`, `model_qint8_avx512.onnx`, `model_O3.onnx`. */
export const onnxPrecision =
  /^(.+)_(fp16|fp32|bf16|u?int8|u?int4|q\d+(?:f16)?|bnb4|quantized|qu?int8(?:_(?:arm64|avx2|avx512|avx512_vnni))?|O[1-4])$/;

/** What `auto` looks for, best first. PyTorch's libraries read safetensors and pickles alike, so these go together. */
export const preference: readonly WeightFormat[] = [
  'safetensors',
  'pytorch',
  'tensorflow',
  'flax',
  'onnx',
  'gguf',
  'openvino',
  'coreml',
  'tflite',
  'rust',
  'paddle',
];
