import * as z from 'zod/mini';
import { frameworkSpellings } from '../repo/frameworks.js';
import { repoTypes } from '../repo/reference.js';

/*
 * What may stand in a hub.toml, before anyone asks what it means. An issue's message says what is allowed: `x is not
 * <message>`. docs/hub-toml.schema.json says the same to editors: test/documents/hub-toml.ts.
 */

const text = (allowed: string) => z.string({ error: allowed }).check(z.minLength(1, { error: allowed }));
const texts = (allowed: string) => z.array(text(allowed), { error: allowed });

const globs = texts('a list of globs');
const names = z.union([text('a name'), texts('a name')], { error: 'a name, or a list of names' });
const frameworkNames = [...frameworkSpellings.keys()];
const framework = z.enum(frameworkNames, { error: `one of ${frameworkNames.join(', ')}` });

export const defaultsSchema = z.strictObject(
  { include: z.optional(globs), exclude: z.optional(globs), framework: z.optional(framework) },
  { error: 'a table' },
);

/** A `[[repo]]`. */
export const entrySchema = z.strictObject(
  {
    source: text('the name of a repo, such as "hf:facebook/opt-13b"'),
    type: z.optional(z.enum(repoTypes, { error: `one of ${repoTypes.join(', ')}` })),
    revision: z.optional(text('a revision')),
    paths: z.optional(texts('a list of files or folders')),
    include: z.optional(globs),
    exclude: z.optional(globs),
    framework: z.optional(framework),
    variant: z.optional(text('a name')),
    quant: z.optional(text('a name')),
    subset: z.optional(names),
    split: z.optional(names),
    parquet: z.optional(z.boolean({ error: 'true or false' })),
    'local-dir': z.optional(text("a folder below hub.toml's own")),
  },
  { error: 'a table' },
);

/** The whole file. Its parts are judged one by one, so that a mistake in one hides none in another. */
export const manifestSchema = z.strictObject({
  endpoints: z.optional(texts('a list of addresses of hubs')),
  defaults: z.optional(z.unknown()),
  repo: z.optional(z.array(z.unknown(), { error: 'a list of tables: [[repo]]' })),
});

export type WrittenDefaults = z.infer<typeof defaultsSchema>;
export type WrittenEntry = z.infer<typeof entrySchema>;
