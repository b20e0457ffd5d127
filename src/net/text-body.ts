import { HubError, abortReason } from '../errors.js';
import { CutOff, WrongLength } from './errors.js';
import type { IncomingBody } from './incoming-body.js';
import { StallWatch } from './stall-watch.js';
import { cutOffReason } from './unreachable.js';

export interface TextLimits {
  readonly bytes: number;
  readonly stallTimeoutMs: number;
  /** For the whole body. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a whole body as UTF-8.
 *
 * @throws CutOff  it broke off, went silent or took too long; `WrongLength` it is longer than `bytes`; the signal's
 *   `abortReason`
 */
export function readText(
  body: IncomingBody,
  { bytes, stallTimeoutMs, deadlineMs, signal }: TextLimits,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { host } = body;
    const chunks: Uint8Array[] = [];
    let received = 0;
    const cutOff = (why: string, cause?: unknown): CutOff => new CutOff({ host, why, bytes: received, cause });
    const settle = (then: () => void): void => {
      stall.stop();
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      then();
    };
    const stall = new StallWatch(stallTimeoutMs, () => body.abort(cutOff('went silent')));
    const deadline = setTimeout(() => body.abort(cutOff('took too long')), deadlineMs);
    const onAbort = (): void => body.abort(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    body.read({
      chunk: (chunk) => {
        received += chunk.byteLength;
        stall.arrived(chunk.byteLength);
        chunks.push(chunk);
        if (received > bytes) body.abort(new WrongLength({ host, why: `sent an answer of more than ${bytes} bytes` }));
      },
      end: () => settle(() => resolve(Buffer.concat(chunks).toString('utf8'))),
      fail: (error) => settle(() => reject(error instanceof HubError ? error : cutOff(cutOffReason(error), error))),
    });
    if (signal.aborted) onAbort();
  });
}
