import { ExitCode, HubError } from '../errors.js';
import { type Digest, formatDigest, sameDigest } from '../repo/digest.js';

/** The bytes that arrived are not the bytes that the listing promised. */
export class DigestMismatch extends HubError {
  readonly code = 'digest-mismatch';
  readonly exitCode = ExitCode.integrity;
  override readonly retryable = true;

  constructor({ path, expected, actual, origins }: DigestMismatchOptions) {
    // Nobody sends the bytes of an empty file.
    const came = origins.length === 0 ? 'no bytes, which are' : `${origins.join(', ')} sent`;
    super(`${path}: ${came} ${formatDigest(actual)} instead of ${formatDigest(expected)}`, {
      hint: 'Another endpoint may be sound: try --endpoint. Nothing wrong was stored.',
    });
  }
}

interface DigestMismatchOptions {
  path: string;
  expected: Digest;
  actual: Digest;
  origins: readonly string[];
}

/** The first digest that is not as it should be; both lists are in the same order, and of the same length. */
export function firstMismatch(
  expected: readonly Digest[],
  actual: readonly Digest[],
): { expected: Digest; actual: Digest } | undefined {
  for (const [index, digest] of expected.entries()) {
    const computed = actual[index];
    if (computed === undefined) throw new Error(`the ${digest.algorithm} of the bytes was not computed`);
    if (!sameDigest(digest, computed)) return { expected: digest, actual: computed };
  }
  return undefined;
}
