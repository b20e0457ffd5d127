import { ExitCode, HubError } from '../errors.js';
import { escapeControl } from './text.js';

/** An error that none of our own code foresaw. */
export class Defect extends HubError {
  readonly code = 'unexpected';
  readonly exitCode = ExitCode.unexpected;

  constructor(cause: unknown) {
    super(`unexpected: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      hint: 'This is a defect of hub. Please report it with what --verbose says.',
    });
  }
}

/** Where an error comes from, and where its causes do. Printed for `--verbose` and `DEBUG` alone. */
export function stackLines(error: unknown): string[] {
  const first = error instanceof Defect ? error.cause : error;
  const lines: string[] = [];
  for (let cause = first; cause instanceof Error && lines.length < mostStackLines; cause = cause.cause) {
    const label = cause === first ? '' : 'caused by ';
    lines.push(...`${label}${cause.stack ?? cause.message}`.split('\n').map(escapeControl));
  }
  return lines;
}

const mostStackLines = 200;
