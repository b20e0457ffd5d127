import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { abortReason } from '../errors.js';
import { PrintFailed } from './output.js';
import { escapeControl } from './text.js';

/**
 * Puts a file's content on stdout: byte for byte, but on a terminal as text that it can't obey. A reader that has gone
 * (`| head`) ends it.
 *
 * @throws PrintFailed, and the signal's reason
 */
export async function printContent(
  content: Readable,
  { stdout, signal }: { stdout: NodeJS.WriteStream; signal: AbortSignal },
): Promise<void> {
  try {
    await pipeline(stdout.isTTY ? textFor(content) : content, stdout, { signal, end: false });
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (!hasGone(error)) throw new PrintFailed(error);
  } finally {
    content.destroy();
  }
}

async function* textFor(content: Readable): AsyncGenerator<string> {
  for await (const line of createInterface({ input: content, crlfDelay: Infinity })) {
    yield `${line.split('\t').map(escapeControl).join('\t')}\n`;
  }
}

function hasGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && goneCodes.includes(String(error.code));
}

const goneCodes = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];
