import { abortReason, ExitCode, Interrupted, UsageError } from '../errors.js';
import type { Terminal } from './confirm.js';

/** More than any token has: a wrong file must not be read whole. */
const mostCharacters = 64 * 1024;

/**
 * Reads a secret: on a terminal a line that is not shown while it is typed, else all of stdin.
 *
 * @throws UsageError  `--quiet` on a terminal, or far too much
 * @throws Interrupted  Ctrl-C instead of an answer
 */
export async function readSecret(prompt: string, { stdin, stderr, signal, quiet }: Terminal): Promise<string> {
  if (!stdin.isTTY) return readAll(stdin, signal);
  if (quiet)
    throw new UsageError('--quiet never asks', { hint: 'Give the token on stdin: hub auth login --quiet < file' });
  stderr.write(prompt);
  stdin.setRawMode(true);
  try {
    return await readHiddenLine(stdin, signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdin.unref();
    stderr.write('\n');
  }
}

const enter = /[\r\n]/;
const ctrlC = '\u0003';
const ctrlD = '\u0004';
const ctrlU = '\u0015';
const backspaces = ['\u007f', '\b'];

/** In raw mode the keys mean what is done with them here. */
function readHiddenLine(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (finish: () => void) => {
      stdin.removeListener('data', onData);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = () => end(() => reject(abortReason(signal)));
    const onData = (chunk: Buffer | string) => {
      // A pasted token comes in one piece.
      for (const key of chunk.toString()) {
        if (enter.test(key) || key === ctrlD) {
          end(() => resolve(typed));
          return;
        }
        if (key === ctrlC) {
          end(() => reject(new Interrupted(ExitCode.interrupted, 'Nothing was stored.')));
          return;
        }
        if (key === ctrlU) typed = '';
        else if (backspaces.includes(key)) typed = typed.slice(0, -1);
        else if (typed.length < mostCharacters) typed += key;
      }
    };
    stdin.on('data', onData);
    signal.addEventListener('abort', onAbort, { once: true });
    stdin.resume();
  });
}

async function readAll(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const onAbort = () => stdin.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  let text = '';
  try {
    for await (const chunk of stdin) {
      text += String(chunk);
      if (text.length > mostCharacters) throw new UsageError('what came on stdin is too long for a token');
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  return text;
}
