import {
  type WeightFormat,
  addOnNames,
  exportFolders,
  ggufCompanions,
  ggufQuantisation,
  libraryNames,
  makersNames,
  onnxPrecision,
  weightRules,
  wholeModelFormats,
} from './rules.js';

/** What a file's name says of the weights in it. */
export interface WeightFile {
  readonly path: string;
  readonly format: WeightFormat;
  /** The folder that it is the weights of, without a trailing `/`: for `unet/onnx/model.onnx` it is `unet`. */
  readonly component: string;
  /** Without ending, shard number and flavour: `model`. */
  readonly name: string;
  /**
   * `model`: the weights of its component, as a library looks for them; `makers`: the same in the makers' own form;
   * `part`: has a name of its own, so that it may be something else; `companion`: belongs to all flavours.
   */
  readonly standing: 'model' | 'makers' | 'part' | 'companion';
  /** The variant (`fp16`), quantisation (`Q4_K_M`) or precision; undefined for the plain weights. */
  readonly flavour: string | undefined;
  readonly shard: Shard | undefined;
  /** `model.safetensors.index.json`: tells which shard has what. */
  readonly isIndex: boolean;
}

/** One of several files that are one set of weights. */
export interface Shard {
  /** As it stands in the name, with its zeros. */
  readonly number: string;
  readonly of: string;
  /** The path before and after the number: the same for all shards of a set. */
  readonly before: string;
  readonly after: string;
}

/** What a file's path tells of it; undefined where it is no weights. */
export function readWeightFile(path: string): WeightFile | undefined {
  // An index goes with its shards: without them, a loader that finds it fails.
  const weights = withoutIndex(path);
  const format = weightRules.find((rule) => rule.path.test(weights))?.format;
  if (format === undefined) return undefined;

  const folders = weights.split('/').slice(0, -1);
  const fileName = weights.slice(weights.lastIndexOf('/') + 1);
  const exported = folders.findIndex((folder) => exportFolders.test(folder));
  const { stem, shard } = takeShard(fileName.replace(endings, ''));
  const own = exported === -1 ? folders : folders.slice(0, exported);
  const { name, flavour, component } = takeFlavour({ format, stem, folders: own });
  return {
    path,
    format,
    component: component.join('/'),
    name,
    standing: standingOf({ format, name, fileName, exportFolder: folders[exported] }),
    flavour,
    shard: shard === undefined ? undefined : aroundNumber(path, shard),
    isIndex: weights !== path,
  };
}

const endings = /(\.onnx([._]data([._]?\d+)?)?|\.[A-Za-z0-9]+)$/;

/** `model.safetensors.index.json`, `model.safetensors.index.fp16.json`: the path of the weights that it lists. */
function withoutIndex(path: string): string {
  const match = /^(.*?)\.(safetensors|bin|h5|msgpack)\.index(\.[^./]+)?\.json$/.exec(path);
  if (match === null) return path;
  const [, stem = '', ending = '', variant = ''] = match;
  return `${stem}${variant}.${ending}`;
}

/** `model-00001-of-00002`, `model_00001-of-00072` (BLOOM), `model-00001-of-00002.fp16`. */
function takeShard(stem: string): { stem: string; shard?: { number: string; of: string } } {
  const match = /^(.+)[-_](\d{2,})-of-(\d{2,})(\.[^.]+)?$/.exec(stem);
  if (match === null) return { stem };
  const [, name = '', number = '', of = '', variant = ''] = match;
  return { stem: name + variant, shard: { number, of } };
}

function aroundNumber(path: string, { number, of }: { number: string; of: string }): Shard {
  const at = path.lastIndexOf(`${number}-of-${of}`);
  return { number, of, before: path.slice(0, at), after: path.slice(at + number.length) };
}

function takeFlavour({ format, stem, folders }: { format: WeightFormat; stem: string; folders: readonly string[] }): {
  name: string;
  flavour: string | undefined;
  component: readonly string[];
} {
  if (format === 'gguf') return takeQuantisation(stem, folders);
  if (format === 'onnx') {
    const [, name = stem, flavour] = onnxPrecision.exec(stem) ?? [];
    return { name, flavour, component: folders };
  }
  const [first = stem, ...infixes] = stem.split('.');
  if (infixes.length === 0 || !libraryNames.test(first)) return { name: stem, flavour: undefined, component: folders };
  return { name: first, flavour: infixes.join('.'), component: folders };
}

/** Of the file's name, or of a folder that holds one quantisation. */
function takeQuantisation(stem: string, folders: readonly string[]): ReturnType<typeof takeFlavour> {
  const last = folders.at(-1);
  const ofFolder = last === undefined ? undefined : ggufQuantisation.exec(last);
  const component = ofFolder ? folders.slice(0, -1) : folders;
  if (ggufCompanions.test(stem)) return { name: stem, flavour: undefined, component };
  const [, name = '', flavour] = ggufQuantisation.exec(stem) ?? ['', stem, ofFolder?.[2]];
  return { name: name.replace(/[-._]$/, ''), flavour, component };
}

function standingOf({
  format,
  name,
  fileName,
  exportFolder,
}: {
  format: WeightFormat;
  name: string;
  fileName: string;
  exportFolder: string | undefined;
}): WeightFile['standing'] {
  if (format === 'gguf' && ggufCompanions.test(name)) return 'companion';
  if (addOnNames.test(name)) return 'part';
  if (exportFolder?.toLowerCase() === 'original' || makersNames.test(name)) return 'makers';
  if (wholeModelFormats.includes(format) || exportFolder !== undefined) return 'model';
  if (!libraryNames.test(name)) return 'part';
  // `model.pth` beside `pytorch_model.bin` is what it was made from.
  return format === 'pytorch' && !fileName.endsWith('.bin') ? 'makers' : 'model';
}
