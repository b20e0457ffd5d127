import { z } from 'zod';
import { commit, digest, oneOf, repo, schema, type } from './field.js';

const complete = z.boolean().nullable();

export const exportSchema = z.strictObject({
  schema,
  path: z.string().nullable().describe('of the bundle; null: it went to stdout'),
  repos: z
    .array(
      z.strictObject({
        repo,
        type,
        refs: z
          .array(z.strictObject({ name: z.string().describe(''), commit }))
          .describe('branches and tags that go along'),
        revisions: z
          .array(
            z.strictObject({
              commit,
              files: z.number().describe('how many'),
              complete: complete.describe('all files of the commit are in it; null where nobody knows'),
            }),
          )
          .describe('its snapshots'),
      }),
    )
    .describe('what is in it'),
  totals: z
    .strictObject({
      repos: z.number().describe('how many'),
      revisions: z.number().describe('how many'),
      files: z.number().describe('how many, in all revisions'),
      bytes: z.number().describe('of the contents, each once in each repo'),
    })
    .describe('of the bundle'),
});

const importedFile = z.strictObject({
  path: z.string().describe('in the repo'),
  size: z.number().describe('of the content'),
  digest,
  state: oneOf({
    imported: 'it is in the cache now',
    cached: 'the blob was there before',
    missing: 'its bytes are not there',
    corrupt: 'they are not those of the digest, and were not taken',
  }),
  reason: z.string().exactOptional().describe('with `missing` and `corrupt`, where it is known'),
});

export const importSchema = z.strictObject({
  schema,
  from: z.string().describe('what was taken in; `-` for stdin'),
  kind: oneOf({ bundle: '', cache: '', 'git-clone': '', 'local-dir': '', folder: '' }, 'what it is'),
  repos: z
    .array(
      z.strictObject({
        repo,
        type,
        commit,
        refs: z.array(z.string()).describe('that name it in the cache now'),
        path: z.string().describe("the snapshot's folder"),
        complete: complete.describe('all files of the commit are in the cache; null where nobody knows what it holds'),
        files: z.array(importedFile).describe('all that are known of'),
      }),
    )
    .describe('one for each commit'),
  totals: z
    .strictObject({
      files: z.number().describe('all that are known of'),
      imported: z.number().describe('of `files`'),
      cached: z.number().describe('of `files`'),
      missing: z.number().describe('of `files`'),
      corrupt: z.number().describe('of `files`'),
      bytesImported: z.number().describe('of each content once'),
    })
    .describe('a dry run counts the same'),
});
