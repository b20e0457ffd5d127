import { type Format, indexName, type Rule, rules } from './rules.js';

/** What the name of a weight file tells. */
export interface WeightName {
  readonly format: Format;
  /** In the repo, with its trailing `/`; empty for the top. */
  readonly folder: string;
  /** Files of one folder with the same role hold the same weights. */
  readonly role: string;
  /** `fp16` in `model.fp16.safetensors`; empty for the plain one. */
  readonly variant: string;
  /** `3` of `72` in `-00003-of-00072`; undefined for a file that is whole. */
  readonly shard: { readonly index: number; readonly of: number } | undefined;
  /** `Q4_K_M` in `x.Q4_K_M.gguf`, `fp16` in `model_fp16.onnx`; empty where the name has none. */
  readonly quantisation: string;
  /** The name with the shard's number left out: files that differ in it alone make one set. */
  readonly set: string;
}

/** Reads the name of a file; undefined where it holds no weights. An index of shards counts as one of them. */
export function readWeightName(path: string): WeightName | undefined {
  const isIndex = indexName.test(path);
  // `pytorch_model.bin.index.fp32.json` → `pytorch_model.fp32.bin`, the name that a set of one file would have.
  const named = isIndex ? path.replace(/^(.*)(\.\w+)\.index((?:\.[\w-]+)?)\.json$/, '$1$3$2') : path;
  const rule = rules.find((it) => it.path.test(named));
  if (rule === undefined) return undefined;
  const slash = named.lastIndexOf('/') + 1;
  const { name, shard } = withoutShard(named.slice(slash));
  const folder = packageFolder(named) ?? named.slice(0, slash);
  const variant = variantOf(name, rule);
  return {
    format: rule.format,
    folder,
    role: rule.role === 'stem' ? stemOf(name, folder) : rule.role,
    variant,
    shard,
    quantisation: quantisationOf(name, rule.format, folder),
    set: `${folder}${name}`,
  };
}

/** Both spellings are about: `model-00001-of-00002.safetensors`, `model_00001-of-00072.safetensors`. */
function withoutShard(name: string): { name: string; shard: WeightName['shard'] } {
  const match = /^(.*)[-_.](\d{2,6})-of-(\d{2,6})(\..*)?$/.exec(name);
  if (match === null) return { name, shard: undefined };
  const [, stem = '', index, of, ending = ''] = match;
  return { name: stem + ending, shard: { index: Number(index), of: Number(of) } };
}

/** Where a Core ML package lies: what is in it belongs there. */
function packageFolder(path: string): string | undefined {
  const match = /^(.*\/)?[^/]+\.ml(?:package|modelc)\//.exec(path);
  return match === null ? undefined : (match[1] ?? '');
}

/** `model.fp16.safetensors`, `diffusion_pytorch_model.non_ema.bin`. Of names of one's own, a dot may mean anything. */
function variantOf(name: string, { role }: Rule): string {
  if (role === 'stem') return '';
  return /^[\w-]+\.([\w-]+)\.(?:safetensors|bin|pt|pth|msgpack|h5)$/.exec(name)?.[1] ?? '';
}

/** In lower case, with what tells only of the quantisation left out of a GGUF's. */
function stemOf(name: string, folder: string): string {
  const stem = name.replace(/(\.vae)?\.[^.]+$/, '').toLowerCase();
  return /\.gguf$/i.test(name) ? stem.replace(ggufQuantisation, '') || folder : stem;
}

const ggufName = /(?:ud-)?(?:i?q\d+(?:_[a-z0-9]+)*|tq\d_\d|mxfp4(?:_moe)?|bf16|fp?16|fp?32)/;
const ggufQuantisation = new RegExp(`[-._]?(${ggufName.source})$`, 'i');
const onnxQuantisation = /_((?:fp|bf)(?:16|32)|u?int8|q[48](?:f16)?|bnb4|quantized|qu?int8_\w+|o[1-4])$/i;

function quantisationOf(name: string, format: Format, folder: string): string {
  if (format === 'gguf') {
    // A vision tower's projector is a part of the model, whatever precision it is saved in.
    if (/mmproj/i.test(name)) return '';
    const stem = name.replace(/\.gguf$/i, '');
    return ggufQuantisation.exec(stem)?.[1] ?? ggufQuantisation.exec(folder.replace(/\/$/, ''))?.[1] ?? '';
  }
  if (format !== 'onnx') return '';
  return onnxQuantisation.exec(name.replace(/\.onnx.*$/, ''))?.[1] ?? '';
}
