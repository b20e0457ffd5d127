import type { HubError } from '../../errors.js';
import type { Tell } from '../../events.js';

/** The talk on stderr while a command runs. */
export interface Report {
  /** Takes what the operation tells. */
  readonly tell: Tell;
  /** The last words of a run that did its work. */
  summary(lines: readonly string[]): void;
  /**
   * The last words of a run that failed.
   *
   * @param details  lines that follow the message and its hint: what failed, what is complete, how to go on
   */
  failure(error: HubError, details: readonly string[]): void;
  /** Gives the screen back and stops the timers. May be called again, and from an `exit` handler. */
  close(): void;
}

/** Where a report writes. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface ReportOptions {
  readonly stream: TextStream;
  readonly verbose: boolean;
  readonly colour: boolean;
  /** Lays a line of talk out for the terminal, where there is one. */
  readonly fold: (line: string) => string;
}

/** How many bytes make a file worth a line of its own in a log. */
export const largeFileBytes = 10_000_000;
