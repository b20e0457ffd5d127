import type { HubError } from '../errors.js';

/** Version of every document on stdout. Fields may be added under it; none is taken away or changes its meaning. */
export const schema = 1;

/** The `error` of a failed run's document. */
export interface ErrorDocument {
  code: string;
  exitCode: number;
  retryable: boolean;
  /** Seconds. */
  retryAfter?: number;
  message: string;
  hint: string | null;
}

export function errorDocument({ code, exitCode, retryable, retryAfter, message, hint }: HubError): ErrorDocument {
  return {
    code,
    exitCode,
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    message,
    hint: hint ?? null,
  };
}
