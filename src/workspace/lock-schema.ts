import * as z from 'zod/mini';
import { frameworks } from '../repo/frameworks.js';
import { type CommitHash, asCommitHash } from '../repo/listing.js';

/** The format that this program writes. A later one is left to later versions. */
export const lockVersion = 1;

const text = z.string('is not a text');
const texts = z.array(text, 'is not a list of texts');
const yes = z.boolean('is neither true nor false');

function hex(digits: number, what: string) {
  const message = `is not ${what}: ${digits} hex digits`;
  return z.string(message).check(z.regex(new RegExp(`^[0-9a-f]{${digits}}$`), message));
}

const file = z.strictObject({
  path: text,
  size: z.int('is not a number of bytes').check(z.nonnegative('is below zero')),
  sha256: hex(64, 'a sha-256'),
  git: hex(40, "git's id"),
  lfs: z.optional(yes),
});

const repo = z.strictObject({
  source: z.string('is not a text').check(z.startsWith('hf:', 'does not begin with hf:')),
  revision: text,
  commit: z.custom<CommitHash>((value) => typeof value === 'string' && asCommitHash(value) !== undefined, {
    error: 'is not a commit: 40 hex digits',
  }),
  paths: z.optional(texts),
  include: z.optional(texts),
  exclude: z.optional(texts),
  framework: z.optional(z.enum([...frameworks, 'auto', 'all'], 'is not a framework')),
  variant: z.optional(text),
  quant: z.optional(text),
  subsets: z.optional(texts),
  splits: z.optional(texts),
  parquet: z.optional(yes),
  'local-dir': z.optional(text),
  files: z.array(file, 'is not a list of files'),
});

export const lockSchema = z.strictObject({
  version: z.literal(lockVersion, `is not ${lockVersion}`),
  repo: z.optional(z.array(repo, 'is not a list of tables')),
});

export type LockedRepo = z.infer<typeof repo>;

/** The first fault, and where: `repo 2, files 14: size is below zero`. Places count from one. */
export function schemaFault({ issues }: z.core.$ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'is not a hub.lock';
  const key = issue.path.at(-1);
  const holder = typeof key === 'string' ? issue.path.slice(0, -1) : issue.path;
  const place = holder
    .map((part) => (typeof part === 'number' ? ` ${part + 1}` : `, ${String(part)}`))
    .join('')
    .slice(2);
  const fault =
    issue.code === 'unrecognized_keys'
      ? `there is no key "${issue.keys[0] ?? ''}"`
      : `${typeof key === 'string' ? `${key} ` : ''}${issue.message}`;
  return place === '' ? fault : `${place}: ${fault}`;
}
