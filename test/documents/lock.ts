import { z } from 'zod';
import { fileError } from './failure.js';
import { dryRun, oneOf, repo, schema, type } from './field.js';

const files = z.number().describe('how many');
const bytes = z.number().describe('sum of their sizes');
const lockPath = z.string().describe('of hub.lock');
const revision = z.string().describe('as hub.toml has it; `main` where it has none');
const sum = z.strictObject({ files, bytes });

const lockedRepo = z.strictObject({
  repo,
  type,
  revision,
  localDir: z.string().nullable().describe('where its real files are to be, relative to hub.toml; null: in the cache'),
  state: oneOf({
    kept: 'nothing of it changed',
    added: '',
    changed: 'the commit, the filters, or both',
    removed: 'hub.toml has it no more',
    failed: 'nothing of it could be locked, and the old lock of it, if there was one, is told besides',
  }),
  commit: z.string().nullable().describe('40 hex digits; null where it is not locked'),
  previousCommit: z.string().nullable().describe('that the old lock had; null where it had none'),
  files,
  bytes,
  added: sum.describe('against the old lock'),
  modified: sum.describe('with other bytes than in the old lock; their new sizes'),
  removed: sum.describe('against the old lock'),
  error: fileError.exactOptional().describe('with `failed`: why'),
});

export const lockSchema = z.strictObject({
  schema,
  path: lockPath,
  dryRun,
  changed: z.boolean().describe('hub.lock is, or with `dryRun` would be, another than before'),
  repos: z.array(lockedRepo).describe('the `[[repo]]` entries'),
  totals: z
    .strictObject({
      repos: z.number().describe('entries that are locked'),
      files,
      bytes,
      bytesFetched: z.number().describe('of files that had to be read for their sha-256; they are in the cache now'),
      filesToRead: z.number().describe('with `dryRun`: that would be fetched and read for their sha-256'),
      bytesToRead: z.number().describe('sum of their sizes'),
    })
    .describe('of what is locked'),
});

export const lockCheckSchema = z.strictObject({
  schema,
  path: lockPath,
  upToDate: z.boolean().describe('hub.lock is there, and is what hub.toml asks for'),
  differences: z
    .array(
      z.strictObject({
        repo,
        type,
        revision,
        state: oneOf({
          missing: 'hub.lock lacks it',
          changed: 'hub.lock has it with other filters',
          extra: 'hub.toml has it no more',
        }),
        message: z.string().describe('for a person'),
      }),
    )
    .describe('where the two do not fit'),
  totals: z.strictObject({ repos: z.number().describe('entries'), files, bytes }).describe('of what is locked'),
});
