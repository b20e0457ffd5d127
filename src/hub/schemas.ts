import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { type CommitHash, type ListedFile, asCommitHash } from '../repo/listing.js';

/** zod's small form has no words of its own. */
export const inEnglish = { error: en().localeError };

/** Only what we use is checked, and whatever else a hub sends is ignored. */
export const revisionSchema = z.object({
  /** The name that the repo bears now. A mirror may leave it out. */
  id: z.optional(z.string()),
  sha: z.pipe(
    z.string(),
    z.transform((text: string, { issues }): CommitHash => {
      const commit = asCommitHash(text);
      if (commit !== undefined) return commit;
      issues.push({ code: 'custom', message: 'is not a commit of 40 hex digits', input: text });
      return z.NEVER;
    }),
  ),
});

const size = z.int({ error: 'is not a size in bytes' }).check(z.nonnegative({ error: 'is negative' }));
const sha1Hex = z.string().check(z.regex(/^[0-9a-f]{40}$/, 'is not 40 hex digits'));
const sha256Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'is not 64 hex digits'));

const listedSchema = z.object({
  type: z.literal('file'),
  path: z.string(),
  oid: sha1Hex,
  size,
  lfs: z.nullish(z.object({ oid: sha256Hex, size: z.optional(size) })),
  xetHash: z.optional(z.unknown()),
});

const fileSchema = z.pipe(
  listedSchema,
  z.transform(({ path, oid, size, lfs, xetHash }: z.infer<typeof listedSchema>): ListedFile => ({
    path,
    // What an LFS file's own record says is about the content, whatever a mirror makes of the other.
    size: lfs?.size ?? size,
    digest: lfs ? { algorithm: 'sha256', hex: lfs.oid } : { algorithm: 'git-sha1', hex: oid },
    gitOid: oid,
    // Without access to a gated repo it is 64 asterisks.
    ...(typeof xetHash === 'string' && /^[0-9a-f]{64}$/.test(xetHash) ? { xetHash } : {}),
  })),
);

const directorySchema = z.pipe(
  z.object({ type: z.literal('directory') }),
  z.transform(() => undefined),
);

const entrySchema = z.discriminatedUnion('type', [fileSchema, directorySchema]);

/**
 * A page of a listing: its files, and undefined for each folder. Judged up to the first entry that is wrong: a million
 * wrong ones would take minutes, and gigabytes.
 */
export const treePageSchema = z.pipe(
  z.custom<readonly unknown[]>(Array.isArray, 'is not a list'),
  z.transform((entries: readonly unknown[], { issues }): (ListedFile | undefined)[] => {
    const page: (ListedFile | undefined)[] = [];
    for (const [index, entry] of entries.entries()) {
      const { data, error } = entrySchema.safeParse(entry, inEnglish);
      const [issue] = error?.issues ?? [];
      if (issue !== undefined) {
        issues.push({ code: 'custom', message: problemOf(issue), path: [index, ...issue.path], input: entry });
        return z.NEVER;
      }
      page.push(data);
    }
    return page;
  }),
);

/** Told to people alone: a hub that gets it wrong is none the worse for downloads. */
function lenient<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined);
}

/** In a card's YAML one text may stand for a list of one. */
const texts = z.pipe(
  z.optional(z.unknown()),
  z.transform((value: unknown): string[] => [value].flat().filter((it) => typeof it === 'string')),
);

const cardSchema = z.object({
  title: lenient(z.string()),
  pretty_name: lenient(z.string()),
  pipeline_tag: lenient(z.string()),
  library_name: lenient(z.string()),
  language: texts,
  license: texts,
  license_name: lenient(z.string()),
  license_link: lenient(z.string()),
});

const standing = {
  private: lenient(z.boolean()),
  gated: lenient(z.union([z.literal(false), z.enum(['auto', 'manual'])])),
  lastModified: lenient(z.string()),
  downloads: lenient(z.number()),
  likes: lenient(z.number()),
};

/** What is said of a repo at a revision. */
export const infoSchema = z.extend(revisionSchema, {
  ...standing,
  disabled: lenient(z.boolean()),
  createdAt: lenient(z.string()),
  pipeline_tag: lenient(z.string()),
  library_name: lenient(z.string()),
  tags: texts,
  cardData: lenient(cardSchema),
});

const refs = z.catch(z.array(z.object({ name: z.string(), ref: z.string(), targetCommit: z.string() })), []);

export const refsSchema = z.object({ branches: refs, tags: refs, converts: refs, pullRequests: refs });

/** A page of a list of repos. */
export const reposPageSchema = z.array(z.object({ id: z.string(), ...standing }));

/** Who a token belongs to. A mirror may know no organisations. */
export const userSchema = z.object({
  name: z.string(),
  type: lenient(z.string()),
  orgs: z.catch(z.array(z.object({ name: z.string() })), []),
});

/** What is wrong with a field, in words that follow its name. */
export function problemOf({ code, message }: z.core.$ZodIssue): string {
  if (code === 'invalid_type') return `is missing or of the wrong type (${message.replace(/^Invalid input: /, '')})`;
  return message;
}
