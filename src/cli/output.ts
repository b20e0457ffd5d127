import { ExitCode, HubError } from '../errors.js';

/**
 * Writes to stdout or stderr and waits until the text has left the process: `process.exit` would cut off what Windows
 * still holds. A reader that has gone (`| head`) is no failure of ours.
 */
export function writeOut(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

/** A closed pipe or a terminal that hung up is told by an `error` event, which would end the process with a stack. */
export function tolerateClosedStreams(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}

/** The file can't be read any more, or stdout is a file whose disk is full. What has been printed is not all. */
export class PrintFailed extends HubError {
  readonly code = 'disk';
  readonly exitCode = ExitCode.disk;

  constructor(cause: unknown) {
    super(`not all could be printed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Writes a result, and waits as `writeOut` does. Whoever keeps it in a file must learn that the file lacks it.
 *
 * @throws PrintFailed  the file's disk is full
 */
export function writeResult(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (isFull(error)) reject(new PrintFailed(error));
      else resolve();
    });
  });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && fullCodes.includes(String(error.code));
}

const fullCodes = ['ENOSPC', 'EDQUOT', 'EFBIG'];
