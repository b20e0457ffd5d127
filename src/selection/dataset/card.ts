import { parse } from 'yaml';
import * as z from 'zod/mini';
import type { SplitPatterns } from './conventions.js';
import { DatasetUnreadable } from './errors.js';
import { isSplitName } from './split-name.js';

/** The texts that say what a dataset consists of. Undefined: the repo has no such file. */
export interface CardTexts {
  /** `README.md`. */
  readonly readme?: string | undefined;
  /** `.huggingface.yaml`, whose keys win over the card's. */
  readonly huggingfaceYaml?: string | undefined;
}

/** An entry of the card's `configs`. */
export interface CardConfiguration {
  readonly name: string;
  readonly isDefault: boolean;
  /** Where its paths begin; the whole repo where absent. */
  readonly dataDir: string | undefined;
  /** Absent: by the names of files. */
  readonly splits: readonly SplitPatterns[] | undefined;
  /** How its files are read (`sep`, `features`, …), as the card says it. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface DatasetCard {
  /** Empty where the card names none. */
  readonly configurations: readonly CardConfiguration[];
  /** Of the card's `dataset_info`: `datasets` takes a single one for the default. */
  readonly describedNames: readonly string[];
}

/**
 * Reads what a card says of subsets and splits (`datasets`, utils/metadata.py).
 *
 * @throws DatasetUnreadable  it is no YAML, too large, or not what `datasets` takes
 */
export function readCard({ readme = '', huggingfaceYaml = '' }: CardTexts): DatasetCard {
  const data = {
    ...readMapping(frontMatter(readme), 'README.md'),
    ...readMapping(huggingfaceYaml, '.huggingface.yaml'),
  };
  const parsed = cardSchema.safeParse(data);
  if (!parsed.success) throw new DatasetUnreadable(explain(parsed.error));
  const { configs, dataset_info: described } = parsed.data;
  // The same name twice: the last one counts, in the place of the first.
  const byName = new Map(configs.map((entry) => [entry.config_name, configurationOf(entry)]));
  return { configurations: [...byName.values()], describedNames: described };
}

/** More would be an attack: the card of C4, with 113 configurations, has 41 kB. In characters. */
const maxYamlLength = 4 * 1024 * 1024;

/** The YAML between a first line `---` and the next one (huggingface_hub, repocard.py). */
function frontMatter(text: string): string {
  const begin = /^\s*---\r?\n/.exec(text)?.[0].length;
  if (begin === undefined) return '';
  const end = /^---\r?$/m.exec(text.slice(begin));
  return end === null ? '' : text.slice(begin, begin + end.index);
}

function readMapping(yaml: string, name: string): Record<string, unknown> {
  if (yaml.length > maxYamlLength) throw new DatasetUnreadable(`${name} has more than 4 MiB of YAML`);
  let value: unknown;
  try {
    value = parse(yaml, {
      version: '1.1',
      customTags: (tags) => tags.map(asPythonReadsIt),
      uniqueKeys: false,
      maxAliasCount: 100,
      logLevel: 'error',
    });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new DatasetUnreadable(`the YAML of ${name} can't be read: ${reason.slice(0, 200)}`);
  }
  if (value === null || value === undefined) return {};
  const mapping = z.record(z.string(), z.unknown()).safeParse(value);
  if (!mapping.success) throw new DatasetUnreadable(`the YAML of ${name} is no mapping`);
  return mapping.data;
}

/** PyYAML departs from YAML 1.1: `y` and `n` are text, and so is a number with an exponent but without a dot or a sign. */
function asPythonReadsIt<Tag>(tag: Tag): Tag {
  if (typeof tag !== 'object' || tag === null || !('tag' in tag)) return tag;
  const { tag: name, format } = tag as { tag: unknown; format?: unknown };
  if (name === 'tag:yaml.org,2002:bool' && 'test' in tag && tag.test instanceof RegExp) {
    const test = tag.test.test('yes')
      ? /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/
      : /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/;
    return { ...tag, test };
  }
  if (name === 'tag:yaml.org,2002:float' && format === 'EXP') {
    return { ...tag, test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)[eE][-+][0-9]+$/ };
  }
  return tag;
}

const splitName = z.string().check(z.refine(isSplitName, 'is no name of a split'));
const pathList = z.union([
  z.pipe(
    z.string(),
    z.transform((path) => [path]),
  ),
  z.array(z.string()),
]);

const dataFiles = z.union(
  [
    z.pipe(
      pathList,
      z.transform((patterns): SplitPatterns[] => [{ split: 'train', patterns }]),
    ),
    z.pipe(
      z.array(z.strictObject({ split: splitName, path: pathList })),
      z.transform((entries): SplitPatterns[] => entries.map(({ split, path }) => ({ split, patterns: path }))),
    ),
  ],
  'must be a path, a list of paths, or a list of mappings with the keys "split" and "path"',
);

const configurationName = z.string('must be a text').check(z.regex(/^[^<>:/\\|?*]*$/, 'may not have any of <>:/\\|?*'));

const entrySchema = z.looseObject({
  config_name: configurationName,
  data_files: z.nullish(
    dataFiles.check(
      z.refine((splits) => new Set(splits.map(({ split }) => split)).size === splits.length, 'names a split twice'),
    ),
  ),
  data_dir: z.nullish(z.string()),
  default: z.optional(z.unknown()),
});

const describedName = z.catch(z.looseObject({ config_name: z.catch(z.string(), 'default') }), {
  config_name: 'default',
});

const cardSchema = z.looseObject({
  configs: z.pipe(
    z.transform((value: unknown) => (isEmpty(value) ? [] : value)),
    z.array(entrySchema, 'must be a list'),
  ),
  dataset_info: z.pipe(
    z.transform((value: unknown): unknown[] => (isEmpty(value) ? [] : [value].flat())),
    z.pipe(
      z.array(describedName),
      z.transform((all) => all.map(({ config_name }) => config_name)),
    ),
  ),
});

/** Python takes it for false. */
function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

function configurationOf(entry: z.infer<typeof entrySchema>): CardConfiguration {
  const { config_name: name, data_files: splits, data_dir: dataDir, default: isDefault, ...options } = entry;
  return { name, isDefault: Boolean(isDefault), dataDir: dataDir ?? undefined, splits: splits ?? undefined, options };
}

function explain(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  return `the card's "${where}" ${issue?.message ?? 'is not what it should be'}`;
}
