/**
 * Which endings `datasets` 5.2.0 reads, and as what (its packaged_modules). Media endings count in lower case and in upper
 * case, the others in lower case alone.
 */
const endingsOfFormats = {
  csv: 'csv tsv',
  json: 'json jsonl ndjson',
  parquet: 'parquet geoparquet gpq',
  arrow: 'arrow',
  text: 'txt',
  conll: 'conll conllu',
  webdataset: 'tar',
  xml: 'xml',
  hdf5: 'hdf5 h5',
  eval: 'eval',
  harbor: 'toml md',
  lance: 'lance',
  tsfile: 'tsfile',
  vortex: 'vortex',
  fasta: 'fa fasta fna ffn faa frn afa',
  genbank: 'gb gbk genbank',
  fastq: 'fq fastq',
  mmcif: 'cif mmcif',
};

const endingsOfMedia = {
  pdb: 'pdb ent',
  imagefolder:
    'blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr gif grib png apng jp2 j2k jpc jpf jpx j2c icns ' +
    'ico im iim tif tiff jfif jpe jpg jpeg msp pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb vda vst webp wmf ' +
    'emf xbm xpm',
  audiofolder:
    'mpg aiff au avr caf flac htk svx mat4 mat5 mpc2k ogg paf pvf raw rf64 sd2 sds ircam voc w64 wav nist wavex wve xi mp3 ' +
    'opus 3gp 3g2 asf flv m4v webm f4v wmv wma ogm mxf nut',
  videofolder: 'mpeg avi mp4 mov mkv',
  meshfolder: 'glb gltf ply stl',
  pdffolder: 'pdf',
  niftifolder: 'nii',
};

const formatOfEnding = new Map<string, string>([
  ...Object.entries(endingsOfFormats).flatMap(([format, endings]) =>
    endings.split(' ').map((ending) => [ending, format] as const),
  ),
  ...Object.entries(endingsOfMedia).flatMap(([format, endings]) =>
    `${endings} ${endings.toUpperCase()}`.split(' ').map((ending) => [ending, format] as const),
  ),
]);

/** What an archive holds can't be told from its name. */
export const unknownFormat = 'zip';

const allowedEndings = new Set([...formatOfEnding.keys(), 'zip', 'idx', 'manifest', 'txn']);

/** Files that describe others: they count least, and stay with any of the media formats. */
const mediaMetadata = ['metadata.csv', 'metadata.jsonl', 'metadata.parquet'];
const metadataOfFormat = new Map<string, readonly string[]>([
  ...[...Object.keys(endingsOfMedia), 'mmcif'].map((format) => [format, mediaMetadata] as const),
  ['harbor', ['task.toml', 'instruction.md']],
  ['lance', ['latest_version_hint.json']],
]);
const metadataNames = new Set([...metadataOfFormat.values()].flat());

/** The dot-parts of a file's name after the first: any of them may be its ending (`a.jsonl.gz`, `a.csv.bak`). */
function endingsOf(path: string): string[] {
  return baseName(path).split('.').slice(1);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function hasAllowedEnding(path: string): boolean {
  return endingsOf(path).some((ending) => allowedEndings.has(ending));
}

/** On a tie of counts the first of these wins, then the alphabetically last. */
const preferred = ['parquet', 'lance', 'vortex', 'arrow', 'jsonl', 'json', 'csv'];

/**
 * The format that `datasets` takes some files for: that of their most frequent ending. Undefined where none is known.
 */
export function inferFormat(paths: readonly string[]): string | undefined {
  const counts = new Map<string, { ending: string; isMetadata: boolean; count: number }>();
  for (const path of paths) {
    const isMetadata = metadataNames.has(baseName(path));
    for (const text of endingsOf(path)) {
      const ending = text.toLowerCase();
      const key = `${ending}/${String(isMetadata)}`;
      counts.set(key, { ending, isMetadata, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  const byLikelihood = [...counts.values()].sort(
    (a, b) =>
      Number(a.isMetadata) - Number(b.isMetadata) ||
      b.count - a.count ||
      rankOf(a.ending) - rankOf(b.ending) ||
      (a.ending < b.ending ? 1 : -1),
  );
  for (const { ending } of byLikelihood) {
    if (ending === 'zip') return unknownFormat;
    const format = formatOfEnding.get(ending);
    if (format !== undefined) return format;
  }
  return undefined;
}

function rankOf(ending: string): number {
  const rank = preferred.indexOf(ending);
  return rank === -1 ? preferred.length : rank;
}

/** Is a file kept where `format` was inferred for the whole? */
export function isOfFormat(path: string, format: string): boolean {
  if (format === unknownFormat || metadataOfFormat.get(format)?.includes(baseName(path)) === true) return true;
  return endingsOf(path).some(
    (ending) =>
      ending === 'zip' ||
      formatOfEnding.get(ending) === format ||
      (format === 'lance' && ['idx', 'manifest', 'txn'].includes(ending)),
  );
}
