import { z } from 'zod';
import { fileError } from './failure.js';
import { digest, named, oneOf, schema, skipped, weightFormat } from './field.js';

const file = z.strictObject({
  path: z.string().describe('in the repo, with `/`'),
  size: z.number().describe('of the content'),
  digest: digest
    .nullable()
    .describe('`sha256:<hex>` or `git-sha1:<hex>`; null where it was found offline without a listing'),
  state: oneOf({
    cached: 'the bytes were in this repo of the cache already, or with `--local-dir` in its place',
    linked: 'the bytes came from another file, of this repo or elsewhere on this disk',
    resumed: 'some bytes were here, the rest was fetched',
    fetched: 'all of it was',
    kept: "with `--local-dir`, the user's own file stayed, and the exit code is 9",
    failed: 'see `error`',
  }),
  bytesFetched: z.number().describe('received for this file in this run, what was thrown away included'),
  error: fileError.exactOptional().describe('with `failed` alone'),
});

const totals = z.strictObject({
  files: z.number().describe('in `files`'),
  bytes: z.number().describe('sum of their sizes'),
  bytesFetched: z.number().describe('received in this run'),
  bytesCached: z.number().describe('that were in place before'),
  bytesWasted: z.number().describe('received and thrown away'),
  retries: z.number().describe('tries after the first, in all'),
  seconds: z.number().describe('from start to end'),
});

export const downloadSchema = z.strictObject({
  schema,
  ...named,
  path: z
    .string()
    .describe(
      "the snapshot's folder; with exactly one file path, that file; with `--local-dir`, that folder. What stdout has without `--json`",
    ),
  complete: z
    .boolean()
    .nullable()
    .describe(
      "all that was asked for is in place (not where the user's own files were kept); null: offline without a listing, so nobody knows",
    ),
  files: z.array(file).describe('the files that were asked for; what the filters leave out is not here'),
  totals: totals.describe('of the run'),
  skipped: skipped.exactOptional(),
  sources: z.record(z.string(), z.number()).describe('bytes received in this run, by origin (scheme, host and port)'),
  load: z
    .string()
    .exactOptional()
    .describe(
      'where parts of a dataset were asked for: the Python expression that loads just these, offline ([datasets.md](datasets.md#reading-it-in-python))',
    ),
  droppedEndpoints: z
    .array(z.strictObject({ endpoint: z.string().describe('its base address'), why: z.string().describe('') }))
    .exactOptional()
    .describe('where there are some: endpoints that lied and were not asked any more'),
});

/** A document as a reader meets it, below the tables. */
export const downloadExample: z.infer<typeof downloadSchema> = {
  schema: 1,
  repo: 'org/name',
  type: 'model',
  revision: 'main',
  commit: '0123456789abcdef0123456789abcdef01234567',
  path: '/home/me/.cache/huggingface/hub/models--org--name/snapshots/0123456789abcdef0123456789abcdef01234567',
  complete: true,
  files: [
    {
      path: 'config.json',
      size: 651,
      digest: 'git-sha1:0123456789abcdef0123456789abcdef01234567',
      state: 'fetched',
      bytesFetched: 651,
    },
  ],
  totals: {
    files: 1,
    bytes: 651,
    bytesFetched: 651,
    bytesCached: 0,
    bytesWasted: 0,
    retries: 0,
    seconds: 0.21,
  },
  sources: { 'https://huggingface.co': 651 },
};

const plannedFile = z.strictObject({
  path: file.shape.path,
  size: file.shape.size,
  digest: file.shape.digest,
  state: oneOf({ cached: '', link: '', resume: '', fetch: '', keep: '' }, 'what would happen'),
  bytesToFetch: z.number().describe('what would move'),
  format: weightFormat.exactOptional().describe('of weights: what they are stored as (`safetensors`, `pytorch` …)'),
  runsCode: z
    .literal(true)
    .exactOptional()
    .describe('of pickles and Python files, which can run code when they are loaded'),
  from: z
    .string()
    .exactOptional()
    .describe('with `link` alone: another file of `files`, or an absolute path on this disk'),
});

export const dryRunSchema = z.strictObject({
  schema,
  ...named,
  path: downloadSchema.shape.path,
  complete: z.boolean().nullable().describe('as above, as it is now, before the run'),
  files: z.array(plannedFile).describe('the files that were asked for'),
  skipped: skipped.exactOptional(),
  auto: z
    .strictObject({
      formats: z.array(weightFormat).describe('that `--framework auto` would take'),
      bytesSaved: z.number().describe('by that'),
    })
    .exactOptional()
    .describe('where the weights are there more than once and no framework was chosen'),
  needsYes: z
    .literal(true)
    .exactOptional()
    .describe('where a run would ask first, since it is more than `--size-guard`'),
  quantisations: z
    .array(
      z.strictObject({
        name: z.string().describe('as `--quant` takes it'),
        framework: oneOf({ gguf: '', onnx: '' }),
        bytes: z.number().describe('sum of the sizes'),
        files: z.number().describe('how many'),
      }),
    )
    .exactOptional()
    .describe('where there are several and none was chosen'),
  totals: z
    .strictObject({
      files: z.number().describe('in `files`'),
      bytes: z.number().describe('sum of their sizes'),
      bytesToFetch: z.number().describe('what would move'),
      bytesCached: z.number().describe('in place already'),
      bytesResumed: z.number().describe('here already, of unfinished files'),
      bytesLinked: z.number().describe('of files with `link`'),
    })
    .describe('of the plan'),
  disk: z
    .strictObject({
      free: z.number().describe('on the file system of the cache, or of the local folder'),
      needed: z.number().describe('on top of what is here, what may have to be copied included'),
    })
    .describe('room'),
});
