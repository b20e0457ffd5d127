import { z } from 'zod';
import { error, isListed } from './failure.js';
import { named, oneOf, schema } from './field.js';

const mirroredRepo = z.strictObject({
  repo: named.repo,
  type: named.type,
  revision: named.revision,
  commit: z
    .string()
    .nullable()
    .describe('at which upstream is; with `gone` and `gated` that of the copy that is here; null: nobody knows'),
  state: oneOf({
    unchanged: 'it was whole, and the hub has nothing newer',
    updated: 'it is whole now, since this run or one of the same list that was killed after the last report',
    skipped: 'see `reason`',
    failed: 'see `error`',
  }),
  reason: oneOf({
    'max-repo-size': 'skipped by that limit',
    'max-total': 'skipped by that limit',
    reserve: 'skipped by that limit',
    interrupted: 'skipped: a signal ended the run before it was whole; what has arrived is kept',
    'not-reached':
      'failed: it was not tried, since the hub accepts the token no more, or answers nobody any more (`error` tells)',
    gone: 'failed: the hub has the repo or the revision no more, and the copy is kept',
    gated: 'failed: the hub does not let us in any more, and the copy is kept',
    'earlier-run': 'updated, by an earlier run of this list that was killed before its report',
  }).exactOptional(),
  files: z.number().describe('how many are wanted of it; 0 where nobody knows'),
  bytes: z.number().describe('sum of their sizes'),
  bytesFetched: z.number().describe('received for it in this run, what was thrown away included'),
  bytesToFetch: z.number().exactOptional().describe('with `--dry-run` alone: what a run would fetch'),
  error: error.refine(isListed, { error: 'no such code' }).exactOptional().describe('with `failed` alone: why'),
});

export const mirrorSchema = z.strictObject({
  schema,
  repos: z.array(mirroredRepo).describe('the list, each once: the repos that were named, then those of the authors'),
  totals: z
    .strictObject({
      repos: z.number().describe('in `repos`'),
      unchanged: z.number().describe('how many'),
      updated: z.number().describe('how many'),
      skipped: z.number().describe('how many'),
      failed: z.number().describe('how many'),
      files: z.number().describe('sum'),
      bytes: z.number().describe('sum'),
      bytesFetched: z.number().describe('sum'),
      seconds: z.number().describe('from start to end'),
    })
    .describe('of the run'),
});
