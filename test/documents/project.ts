import { z } from 'zod';
import { oneOf, repo, schema, type } from './field.js';

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
