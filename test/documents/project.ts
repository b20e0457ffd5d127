import { z } from 'zod';
import { downloadSchema } from './download.js';
import { fileError } from './failure.js';
import { named, oneOf, repo, schema, type } from './field.js';

const frameworkChoice = oneOf({
  all: '',
  auto: '',
  safetensors: '',
  pytorch: '',
  tensorflow: '',
  flax: '',
  onnx: '',
  gguf: '',
});

/** What a `[[repo]]` of a hub.toml asks for. */
const entry = z
  .strictObject({
    repo,
    type,
    revision: z.string().describe('`main` where nothing is said'),
    paths: z.array(z.string()).describe('files or folders'),
    include: z.array(z.string()).describe('globs'),
    exclude: z.array(z.string()).describe('globs'),
    weights: z
      .strictObject({
        framework: frameworkChoice,
        variant: z.string().exactOptional().describe('as it is written'),
        quant: z.string().exactOptional().describe('in small letters'),
      })
      .exactOptional()
      .describe('of a model: which of its weights'),
    dataset: z
      .strictObject({
        subsets: z.array(z.string()).describe('empty: all, or the default one where splits are asked for'),
        splits: z.array(z.string()).describe('empty: all'),
        parquet: z.boolean().describe('the parquet copy'),
      })
      .exactOptional()
      .describe('of a dataset of which not all is asked for'),
    localDir: z.string().exactOptional().describe("where real files go, relative to hub.toml's folder"),
  })
  .describe('what it asks for, defaults and all; lists are sorted');

export const addSchema = z.strictObject({
  schema,
  manifest: z.string().describe('path of the `hub.toml`'),
  added: z.boolean().describe('false: the same was asked for already, and nothing was written'),
  entry,
});

const { files, totals, sources, droppedEndpoints } = downloadSchema.shape;

const syncedRepo = z.strictObject({
  ...named,
  commit: z.string().nullable().describe('that is locked; null where it could not be'),
  path: z.string().describe("the snapshot's folder, or the target folder; empty where nothing could be locked"),
  complete: z.boolean().describe('all that the lock names is in place'),
  files: files.describe('those that the lock names; as in `download`'),
  totals: totals.describe('of this repo'),
  sources,
  pruned: z
    .array(z.string())
    .exactOptional()
    .describe('with `--prune`: what was taken out of the target folder, being wanted no more'),
  error: fileError.exactOptional().describe('why it is not whole'),
});

export const syncSchema = z.strictObject({
  schema,
  lock: z.string().describe('the path of hub.lock'),
  lockChanged: z.boolean().describe('it was made, or made anew'),
  complete: z.boolean().describe('all repos are whole'),
  repos: z.array(syncedRepo).describe("in the lock's order"),
  totals: totals
    .extend({ repos: z.number().describe('in `repos`'), failed: z.number().describe('of these, not whole') })
    .describe('of the run'),
  sources,
  droppedEndpoints,
});
