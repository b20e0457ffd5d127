import { z } from 'zod';
import { codes } from './codes.js';

/** The `error` of a failed run's document, and of the event that tells it. */
export const error = z.strictObject({
  code: z.string().describe('[one of these](#codes)'),
  exitCode: z.number().describe('what the process exits with'),
  retryable: z.boolean().describe('the same command may succeed later without a change'),
  retryAfter: z
    .number()
    .exactOptional()
    .describe('seconds after which the server said that it may be asked again; absent where it did not'),
  message: z.string().describe('what failed, on what, and why'),
  hint: z.string().nullable().describe('what to do next'),
});

const fault = { error: 'this code, with this exit code, is not in the list' };

/** Why one file failed; the run's own `error` has more. */
export const fileError = z
  .strictObject({
    code: z.string().describe('[one of these](#codes)'),
    exitCode: z.number().describe('what it stands for'),
    message: z.string().describe('what failed, and why'),
  })
  .refine(isListed, fault);

/** What every document of a failed run has besides. */
export const failure = {
  error: error.describe('why it failed').refine(isListed, fault),
  continue: z
    .string()
    .describe(
      'the command that goes on from there, quoted for a shell. A token in argv is left out of it, and so are user, password and query of an address, and with `not-cached` what made the run offline',
    ),
};

/** Whether docs/json.md has the code with this exit code. */
export function isListed({ code, exitCode }: { code: string; exitCode: number }): boolean {
  return codes.find((one) => one.code === code)?.exitCodes.includes(exitCode) ?? false;
}
