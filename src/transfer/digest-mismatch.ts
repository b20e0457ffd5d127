import { ExitCode, HubError } from '../errors.js';
import { type Digest, shortHex } from '../repo/digest.js';

/** The bytes that arrived are not the bytes that the listing promised. */
export class DigestMismatch extends HubError {
  readonly code = 'digest-mismatch';
  readonly exitCode = ExitCode.integrity;
  override readonly retryable = true;

  constructor({ path, expected, actual, origins }: DigestMismatchOptions) {
    super(`${path}: ${origins.join(', ')} sent ${shortHex(actual)}… instead of ${shortHex(expected)}…`, {
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
