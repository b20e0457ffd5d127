import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { UsageError } from '../errors.js';

/**
 * Runs the user's git on a folder that may be anybody's: only commands that read, without hooks, without the settings of
 * the system and the user, and without any way to a network, which a partial clone would take to fetch what it lacks.
 */
export class GitProgram {
  readonly #folder: string;
  readonly #signal: AbortSignal;

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** What a command prints, without its last newline; undefined where it fails. @throws UsageError  there is no git */
  async text(...words: string[]): Promise<string | undefined> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.output(words)) chunks.push(chunk);
    } catch (error) {
      if (error instanceof GitFailed) return undefined;
      throw error;
    }
    return Buffer.concat(chunks).toString('utf8').replace(/\n$/, '');
  }

  /**
   * What a command prints, piece by piece.
   *
   * @param input  lines for its stdin
   * @throws GitFailed
   * @throws UsageError  there is no git
   */
  async *output(words: readonly string[], input: readonly string[] = []): AsyncGenerator<Uint8Array> {
    const child = spawn('git', [...safety, '-C', this.#folder, ...words], {
      env: environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: this.#signal,
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = `${complaint}${text}`.slice(0, 1000);
    });
    const ended = endOf(child);
    // Told where it is awaited, also when the output fails first.
    ended.catch(() => undefined);
    // It may end before it has read all that it is told.
    child.stdin.on('error', () => undefined).end(input.map((line) => `${line}\n`).join(''));
    try {
      for await (const chunk of child.stdout) yield chunk as Uint8Array;
    } finally {
      child.stdout.destroy();
    }
    const exitCode = await ended;
    if (exitCode !== 0) throw new GitFailed(`git ${words.join(' ')}: ${complaint.trim()}`);
  }
}

/** git says no: what it was asked for is not there, or its repository is broken. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
}

async function endOf(child: ChildProcess): Promise<number | null> {
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return exitCode;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new UsageError('a git clone is read by the program git, which is not on this machine', {
      hint: 'Install git.',
      cause: error,
    });
  }
}

/** The folder may belong to somebody else: nothing of it is run. */
const safety = [
  '-c',
  'safe.directory=*',
  '-c',
  'core.fsmonitor=false',
  '-c',
  `core.hooksPath=${devNull}`,
  '--no-pager',
];

function environment(): Record<string, string> {
  const { PATH = '', SystemRoot } = process.env;
  return {
    PATH,
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
  };
}
