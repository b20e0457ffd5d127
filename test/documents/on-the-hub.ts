import { z } from 'zod';
import { commit, digest, named, oneOf, repo, schema, weightFormat } from './field.js';

export const lsSchema = z.strictObject({
  schema,
  ...named,
  files: z
    .array(z.strictObject({ path: z.string().describe('in the repo'), size: z.number().describe(''), digest }))
    .describe('the files that were asked for'),
  totals: z
    .strictObject({
      files: z.number().describe('in `files`'),
      bytes: z.number().describe('sum of their sizes'),
      filesInRepo: z.number().describe('how many the revision has, with those that were left out'),
    })
    .describe('of the listing'),
});

/** What a hub says of any repo. */
const standing = {
  private: z.boolean().nullable().describe('only those whom its owner lets in see it'),
  gated: z
    .union([z.literal(false), z.enum(['auto', 'manual'])])
    .nullable()
    .describe('its files are for those who were given access: `auto` (who asks is) or `manual` (its owners choose)'),
  lastModified: z.string().nullable().describe('ISO 8601'),
  downloads: z.number().nullable().describe('as the hub counts them; of the last 30 days'),
  likes: z.number().nullable().describe('as the hub counts them'),
};

const word = z.string().nullable();
const files = z.number().describe('how many');
const bytes = z.number().describe('sum of their sizes');

const card = z.strictObject({
  title: word.describe('as its README calls it'),
  task: word.describe('`text-generation` …'),
  library: word.describe('`transformers` …'),
  languages: z.array(z.string()).describe('their codes'),
  licenses: z.array(z.string()).describe('their names in short'),
  licenseName: word.describe('of a licence that is none of the usual ones'),
  licenseLink: word.describe('of a licence that is none of the usual ones'),
});

const subset = z.strictObject({
  name: z.string().describe('as `--subset` takes it'),
  isDefault: z.boolean().describe('taken where none is named'),
  files,
  bytes,
  splits: z
    .array(z.strictObject({ name: z.string().describe('as `--split` takes it'), files, bytes }))
    .describe('none with `problem`'),
  problem: z.string().exactOptional().describe("why its entry in the card can't be followed"),
});

const refs = z.array(
  z.strictObject({ name: z.string().describe('in short'), ref: z.string().describe('in full'), commit }),
);

export const infoSchema = z.strictObject({
  schema,
  ...named,
  page: z.string().describe('address of its page, for a person'),
  private: standing.private,
  gated: standing.gated,
  disabled: z.boolean().nullable().describe('the hub took it down'),
  createdAt: z.string().nullable().describe('ISO 8601'),
  lastModified: standing.lastModified,
  downloads: standing.downloads,
  likes: standing.likes,
  tags: z.array(z.string()).describe("the hub's tags, which are not refs"),
  card: card.describe('what its README says of itself, or the hub found out'),
  sizes: z
    .strictObject({
      files,
      bytes,
      byExtension: z
        .array(
          z.strictObject({
            extension: z.string().describe('`.bin`; empty for names without one'),
            files,
            bytes,
          }),
        )
        .describe('the heaviest first'),
    })
    .describe('of the whole revision'),
  weights: z
    .array(z.strictObject({ format: weightFormat, files, bytes }))
    .exactOptional()
    .describe('of a model: its weights by what they are stored as, the heaviest first'),
  subsets: z.array(subset).exactOptional().describe('of a dataset'),
  subsetsProblem: z.string().exactOptional().describe('of a dataset, instead of `subsets`: why nobody knows them'),
  refs: z
    .strictObject({
      branches: refs.describe(''),
      tags: refs.describe(''),
      converts: refs.describe('what the hub made of a dataset'),
      pullRequests: refs.exactOptional().describe('with `--pull-requests` alone'),
    })
    .describe('all that name a commit'),
});

export const searchSchema = z.strictObject({
  schema,
  repos: z
    .array(
      z.strictObject({
        repo,
        type: oneOf({ model: '', dataset: '', space: '' }),
        downloads: standing.downloads.describe('of the last 30 days; null where the hub does not say, as of spaces'),
        likes: standing.likes,
        lastModified: standing.lastModified,
        private: standing.private,
        gated: standing.gated,
      }),
    )
    .describe('those that are used most first, at most `--limit`'),
});
