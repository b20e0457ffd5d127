import { z } from 'zod';
import { error, isListed } from './failure.js';
import { oneOf } from './field.js';
import { warnings } from './warnings.js';

const repo = z.string().describe('');
const path = z.string().describe('');
const bytes = z.number().describe('');
const message = z.string().describe('');
const reason = oneOf({
  lease: 'another process fetches it',
  'rate-limit': 'a server asked for patience',
  outage: 'nothing answers',
});

/** A line of `--progress json`, but for its `time`. */
function event<const Type extends string, Shape extends z.ZodRawShape>(type: Type, fields: Shape) {
  return z.strictObject({ type: z.literal(type), ...fields });
}

/** One that an operation on many repos tells of one of them: `repo` is there for all. */
function ofRepo<const Type extends string, Shape extends z.ZodRawShape>(type: Type, fields: Shape) {
  return event(type, { repo: z.string().exactOptional().describe('of a mirror'), ...fields });
}

const active = z.strictObject({
  path,
  bytesDone: bytes,
  bytesTotal: bytes,
  phase: oneOf({ checking: '', fetching: '', publishing: '' }),
});

export const progress = {
  bytesDone: bytes,
  bytesTotal: bytes,
  filesDone: z.number().describe(''),
  filesTotal: z.number().describe('all four of the files to fetch, or before that of those that are checked'),
  bytesPerSecond: z.number().describe('of the last seconds'),
  active: z.array(active).describe('files with a request under way, or being checked'),
};

export const mirrorProgress = {
  repos: z.number().describe('of the list'),
  unchanged: z.number().describe(''),
  updated: z.number().describe(''),
  skipped: z.number().describe(''),
  failed: z.number().describe('so many so far; those that will be tried again too'),
  bytesFetched: bytes,
  bytesPerSecond: z.number().describe('of the last seconds'),
  active: z.array(active).describe("files that move; each path begins with its repo's name"),
};

/** What an operation tells, in the order of docs/json.md. */
export const told = [
  event('resolving', { repo, revision: z.string().describe('') }),
  event('resolved', { repo, revision: z.string().describe(''), commit: z.string().describe('') }),
  event('listing', { repo, commit: z.string().describe(''), files: z.number().describe('so many so far') }),
  event('planned', {
    repo,
    files: z.number().describe(''),
    bytes,
    bytesCached: bytes,
    bytesToFetch: bytes,
  }),
  ofRepo('checking', { path, bytes }).describe(
    'an unfinished download is read back before it goes on, or a file that this disk has is digested before it is used',
  ),
  ofRepo('waiting', {
    reason,
    on: z.string().describe(''),
    waitMs: z.number().exactOptional().describe('where it is known'),
  }),
  ofRepo('waited', { reason: reason.describe(''), on: z.string().describe('') }).describe('that wait is over'),
  ofRepo('file-started', { path, bytes, bytesHere: bytes }),
  ofRepo('file-done', {
    path,
    bytes,
    bytesFetched: bytes,
    state: z.enum(['cached', 'linked', 'resumed', 'fetched', 'kept', 'failed']).describe('as in a document'),
  }),
  ofRepo('file-failed', { path, message }),
  ofRepo('retrying', {
    what: z.string().describe(''),
    host: z.string().describe(''),
    why: z.string().describe(''),
    attempt: z.number().describe('which'),
    attempts: z.number().describe('of how many'),
    delayMs: z.number().describe(''),
  }),
  event('repo-done', {
    repo,
    revision: z.string().describe(''),
    commit: z.string().nullable().describe(''),
    state: z.enum(['unchanged', 'updated', 'skipped', 'failed']).describe('as in the document of a mirror'),
    reason: z.string().exactOptional().describe('as there'),
    files: z.number().describe(''),
    bytes,
    bytesFetched: bytes,
  }).describe('of a mirror: it is settled what became of a repo'),
  event('repo-failed', {
    repo,
    message,
    again: z.boolean().describe('it is tried once more, after the others'),
  }).describe('of a mirror'),
  ofRepo('warning', {
    code: z
      .string()
      .refine((code) => warnings.some((one) => one.code === code), { error: 'no code of a warning in the list' })
      .describe('[one of these](#codes-of-warnings)'),
    message,
    hint: z.string().exactOptional().describe('where there is one'),
  }),
  ofRepo('detail', { message }).describe('with `--verbose` alone'),
] as const;

/** What the command line adds to it. */
const printed = [
  event('progress', progress).describe('at most once a second'),
  event('mirror-progress', mirrorProgress).describe('of a mirror, at most once a second'),
  event('summary', { message }).describe('the last words of a run that did its work'),
  event('error', { ...error.shape, details: z.array(z.string()).describe('lines for a person') })
    .describe('as in the document of a run that fails')
    .refine(isListed, { error: 'this code, with this exit code, is not in the list' }),
] as const;

export const events = [...told, ...printed];
