import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { frameworkSpellings } from '../../src/repo/frameworks.js';
import { repoTypes } from '../../src/repo/reference.js';

const path = 'docs/hub-toml.schema.json';

/** The whole of docs/hub-toml.schema.json, by which editors complete and judge a hub.toml: JSON Schema, draft 7. */
export async function hubTomlSchema(): Promise<string> {
  const schema = z.toJSONSchema(manifest, { target: 'draft-7' });
  return format(JSON.stringify(schema), { ...(await resolveConfig(path)), filepath: path });
}

const text = z.string().min(1);
const texts = z.array(text);
const names = z.union([text, texts]);

const include = texts.describe(
  'Only the files that one of these globs matches, and those of `paths`: `["*.json", "onnx/"]`. `*` crosses folders, a ' +
    'trailing `/` means everything below.',
);
const exclude = texts.describe('None of the files that one of these globs matches. Wins over `paths` and `include`.');
const framework = z
  .enum([...frameworkSpellings.keys()])
  .describe('Of a model, only the weights for this framework. `auto`: the best that it has. `all`: no choice.');

const entry = z
  .strictObject({
    source: text.describe(
      'The repo: `hf:facebook/opt-13b`, `hf:datasets/org/name`, `hf:org/name@v1.0`, `hf:org/name:Q4_K_M`, or the address of ' +
        'its page. `hf:` may be left out.',
    ),
    type: z
      .enum(repoTypes)
      .optional()
      .describe('The type of the repo, where `source` does not say it. `model` if nothing does.'),
    revision: text.optional().describe('A branch, a tag, a commit or `refs/pr/N`. `main` where nothing is said.'),
    paths: texts.optional().describe('Files, or folders, of the repo. Without `paths` and `include`: all files.'),
    include: include.optional(),
    exclude: exclude.optional(),
    framework: framework.optional(),
    variant: text.optional().describe('Of a model whose weights come in several variants, this one: `fp16`.'),
    quant: text.optional().describe('Of several quantisations, this one: `Q4_K_M`.'),
    subset: names.optional().describe('Of a dataset, only this subset ("configuration"), or these.'),
    split: names.optional().describe('Of a dataset, only this split, or these: `["train", "test"]`.'),
    parquet: z.boolean().optional().describe("A dataset's parquet copy: the branch `refs/convert/parquet`."),
    'local-dir': text
      .regex(/^(?![/\\]|~([/\\]|$)|.:|\.\.([/\\]|$))/)
      .optional()
      .describe(
        "Real files in this folder, below hub.toml's own, instead of the cache. No other entry may use it, or one in it.",
      ),
  })
  .describe('A repo that the project needs, and what of it.');

const manifest = z
  .strictObject({
    endpoints: z
      .array(z.string().regex(/^https?:\/\//))
      .optional()
      .describe(
        'Base addresses of hubs, tried in this order, instead of those of the config file. None of them gets a token by being ' +
          'named here.',
      ),
    defaults: z
      .strictObject({ include: include.optional(), exclude: exclude.optional(), framework: framework.optional() })
      .optional()
      .describe(
        'What holds for every entry that does not say it itself. A list of an entry replaces that of the defaults.',
      ),
    repo: z.array(entry).optional().describe('The repos that the project needs: a `[[repo]]` for each.'),
  })
  .meta({ title: 'hub.toml', description: 'What a project needs of a model hub: docs/project.md of model-hub-cli.' });
