import { z } from 'zod';
import { fileError } from './failure.js';
import { cacheDir, commit, digest, dryRun, named, oneOf, repo, schema, type } from './field.js';

const finding = z.strictObject({
  kind: oneOf({ broken: '', foreign: '' }),
  path: z.string().describe('on the disk'),
  reason: z.string().describe('for a person'),
});

const revision = z.strictObject({
  commit,
  path: z.string().describe("the snapshot's folder"),
  refs: z.array(z.string()).describe('branches and tags that name it'),
  files: z.number().describe('how many'),
  bytes: z.number().describe('on the disk, each content once'),
  lastUsed: z.string().describe('ISO 8601'),
  lastUsedBy: oneOf({ record: "hub's own", 'access-time': 'that of its files' }),
  modified: z.string().describe('ISO 8601'),
});

const partial = z.strictObject({
  path: z.string().describe('on the disk'),
  digest: z.string().nullable().describe("hex; null where the file's name doesn't tell"),
  tool: oneOf({ hub: '', python: '' }, 'whose download it is'),
  bytesHere: z.number().describe('that have arrived'),
  size: z.number().nullable().describe('of the whole file; null where nobody has noted it'),
  modified: z.string().describe('ISO 8601'),
});

const listedRepo = z.strictObject({
  repo,
  type,
  path: z.string().describe("the repo's folder"),
  bytes: z.number().describe('on the disk, each content once'),
  bytesShared: z.number().describe("of these, also another repo's or the shared store's"),
  bytesPartial: z.number().describe('of unfinished downloads'),
  files: z.number().describe('how many, by their names'),
  lastUsed: z.string().nullable().describe('ISO 8601; null for a repo without a revision'),
  refs: z.array(z.strictObject({ name: z.string().describe(''), commit })).describe('branches and tags'),
  revisions: z.array(revision).describe('its snapshots'),
  partials: z.array(partial).describe('unfinished downloads'),
  findings: z.array(finding).describe('what is broken or foreign'),
});

export const cacheLsSchema = z.strictObject({
  schema,
  cacheDir,
  repos: z.array(listedRepo).describe('those that were asked for'),
  store: z
    .strictObject({
      path: z.string().describe('its folder'),
      files: z.number().describe('how many'),
      bytes: z.number().describe('on the disk'),
    })
    .exactOptional()
    .describe("where there is one: Python's shared store of Xet downloads"),
  findings: z.array(finding).describe("in the cache's top folder"),
  totals: z
    .strictObject({
      repos: z.number().describe('how many'),
      revisions: z.number().describe('how many'),
      bytes: z.number().describe('what several repos share counts once'),
      bytesShared: z.number().describe('what several repos share counts once'),
      bytesPartial: z.number().describe('of unfinished downloads'),
    })
    .describe('of the cache'),
});

export const cachePathSchema = z.strictObject({
  schema,
  ...named,
  path: z.string().describe("the snapshot's folder, or the file that was named"),
});

export const dedupeSchema = z.strictObject({
  schema,
  cacheDir,
  dryRun,
  files: z
    .array(
      z.strictObject({
        repo,
        type,
        path: z.string().describe('of the blob, on the disk'),
        size: z.number().describe('of the blob'),
        digest,
        with: z.string().describe('the file whose bytes it gets'),
        state: oneOf({
          link: 'dry run, would be done',
          linked: 'done',
          damaged: 'one of the two has other bytes than its name says; see the warnings',
          skipped: 'left alone',
        }),
        reason: z.string().exactOptional().describe('with `damaged` and `skipped`'),
      }),
    )
    .describe("each blob that could share its bytes with another repo's"),
  totals: z
    .strictObject({
      files: z.number().describe('linked, or to be linked'),
      bytesSaved: z.number().describe('what the disk got back, or would'),
    })
    .describe('of the run'),
});

const what = oneOf({
  repo: 'all of it',
  revision: 'one snapshot',
  file: 'one file or folder of a snapshot',
  unfinished: 'a download',
  leftover: 'a blob that nothing names, or what a removal that was stopped had left',
});
const commitOrNull = z.string().nullable().describe('of a revision, a file, an unfinished download');

const removed = z.strictObject({
  repo,
  type,
  what,
  commit: commitOrNull,
  refs: z.array(z.string()).describe('that named the revision; those of a whole repo'),
  file: z.string().nullable().describe('in the repo'),
  path: z.string().describe('on the disk'),
  bytes: z.number().describe('what this gave back. Of several that share something, the last one has its bytes'),
  stays: z
    .array(
      z.strictObject({
        reason: oneOf({
          needed: 'by another revision or unfinished download of the repo',
          'hard-linked': 'another repo or folder has the same file',
          'shared-store': "Python's",
        }),
        files: z.number().describe('how many'),
        bytes: z.number().describe('of these'),
      }),
    )
    .describe('what of it stays'),
});

const kept = z.strictObject({
  repo,
  type,
  what,
  commit: commitOrNull,
  path: z.string().describe('on the disk'),
  bytes: z.number().describe('what it takes'),
  reason: oneOf({
    'in-use': 'a process holds the repo; `holder` says which',
    'recently-used': 'within `--grace`',
    young: 'not old enough for `prune`',
    'somebody-at-work': 'nothing names it, but it is younger than an hour: a program that takes no lease may be at it',
    'asked-for': '`--keep`',
    locked: '`--keep-lock`',
    'used-since': 'it was used, or named by a ref, after it had been chosen',
  }),
  lastUsed: z.string().nullable().describe('ISO 8601; null where it is of no account'),
  holder: z.string().exactOptional().describe('with `in-use` alone: who holds it'),
});

export const removalSchema = z.strictObject({
  schema,
  cacheDir,
  dryRun: dryRun.describe('nothing was done: `removed` is what would go'),
  removed: z.array(removed).describe('what went'),
  kept: z.array(kept).describe('what would have gone but for a reason'),
  bytesFreed: z.number().describe('what the disk got back'),
  store: z
    .strictObject({
      path: z.string().describe("of Python's shared store"),
      bytes: z.number().describe('in it, to which nothing links any more; `hf cache prune` frees them'),
    })
    .exactOptional()
    .describe('where there is one. Not judged by `rm`'),
  limit: z
    .strictObject({
      bytes: z.number().nullable().describe('that the cache may take; null: `--max-size` was not given'),
      reached: z.boolean().describe('it takes no more'),
      bytesBefore: z.number().describe('that it took'),
      bytesAfter: z.number().describe('that it takes'),
    })
    .exactOptional()
    .describe('with `gc` alone'),
  declined: z.literal(true).exactOptional().describe('where the person who was asked did not want it'),
});

const verifiedFile = z.strictObject({
  state: z
    .enum([
      'corrupt',
      'short',
      'missing',
      'dangling',
      'wrong-link',
      'unreadable',
      'partial',
      'foreign',
      'not-here',
      'unknown',
      'broken-ref',
      'changed',
    ])
    .describe(
      'bad: `corrupt`, `short`, `missing`, `dangling`, `wrong-link`, `unreadable`. Told, and no fault: `partial`, `foreign`, `not-here`, `unknown`, `broken-ref`, `changed`. [What they mean](cache.md#is-all-of-it-right)',
    ),
  bad: z.boolean().describe('whether it is a fault'),
  path: z.string().nullable().describe('in the repo; null for a file that no revision names'),
  revisions: z.array(z.string()).describe('the commits that have it by this path'),
  location: z.string().describe('on the disk'),
  digest: digest.nullable().describe('what the content should be: `sha256:<hex>` or `git-sha1:<hex>`'),
  size: z.number().nullable().describe('what its size should be'),
  reason: z.string().describe('for a person'),
  repaired: z
    .boolean()
    .exactOptional()
    .describe('with `--repair`, of what was tackled: it is right now, or cleared away'),
  error: fileError.exactOptional().describe('why it could not be repaired'),
});

const filesRight = z.number().describe('contents found right, those that `--quick` skipped included');

const verifyTotals = z.strictObject({
  repos: z.number().describe('how many'),
  files: z.number().describe('each content once, whatever names it has'),
  bytes: z.number().describe('of these'),
  filesSkipped: z.number().describe('by `--quick`'),
  bytesRead: z.number().describe('to be checked'),
  bad: z.number().describe('of `files`'),
  warnings: z.number().describe('of `files`, what is no fault'),
  repaired: z.number().describe('of `files`'),
  bytesToFetch: z.number().describe('what a repair would fetch of what is still bad, where sizes are known'),
  bytesFetched: z.number().describe('received in this run'),
  seconds: z.number().describe('from start to end'),
});

const ok = z.boolean().describe('nothing is bad, or all that was is repaired');
const complete = z
  .boolean()
  .describe('false where it was interrupted before all was read: then this is what it has found');

export const verifySchema = z.strictObject({
  schema,
  cacheDir,
  ok,
  complete,
  repos: z
    .array(
      z.strictObject({
        repo,
        type,
        path: z.string().describe("the repo's folder"),
        ok,
        filesRight,
        files: z.array(verifiedFile).describe('what is not as it should be, and nothing else'),
      }),
    )
    .describe('those that were verified'),
  files: z.array(verifiedFile).describe("what lies in the cache's top folder and does not belong there"),
  totals: verifyTotals.describe('of the run'),
});

export const verifyLocalSchema = z.strictObject({
  schema,
  localDir: z.string().describe('the folder'),
  ok,
  complete,
  filesRight,
  files: z.array(verifiedFile).describe('what is not as it should be, and nothing else'),
  totals: verifyTotals.omit({ repos: true }).describe('of the run'),
});
