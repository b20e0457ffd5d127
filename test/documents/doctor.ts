import { z } from 'zod';
import { error } from './failure.js';
import { oneOf, schema } from './field.js';

const check = oneOf(
  {
    program: '',
    trust: '',
    proxy: '',
    offline: '',
    connection: '',
    answer: '',
    clock: '',
    token: '',
    repo: '',
    file: '',
    cdn: '',
    ranges: '',
    speed: '',
    cache: '',
    space: '',
    links: '',
  },
  'what was looked at, as [doctor.md](doctor.md) tells',
);

export const doctorSchema = z.strictObject({
  schema,
  ok: z.boolean().describe('nothing failed; there may be warnings'),
  complete: z.boolean().describe('false: a signal ended it, and the checks are those so far'),
  checks: z
    .array(
      z.strictObject({
        check,
        target: z.string().nullable().describe('the host (with its port), repo, file or folder that it is about'),
        state: oneOf({ ok: '', warning: '', failed: '' }),
        message: z.string().describe('what was found'),
        hint: z.string().nullable().describe('what to change'),
        measures: z
          .record(z.string(), z.number())
          .describe(
            "what was measured, where it was: `lookupMs`, `connectMs`, `secureMs` (of `connection` and `cdn`), `firstByteMs`, `skewSeconds` (this machine's clock minus the server's), `files`, `oneBytesPerSecond`, `severalBytesPerSecond`, `freeBytes`",
          ),
        error: error.exactOptional().describe('with `failed` alone: as of a run that fails'),
      }),
    )
    .describe('in the order of the lines without `--json`; what needs a step that failed is not in it'),
  seconds: z.number().describe('from start to end'),
});
