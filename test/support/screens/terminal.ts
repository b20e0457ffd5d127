import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { shellQuote } from '../../../src/cli/shell.js';

const run = promisify(execFile);
const lookEveryMs = 50;
const patienceMs = 30_000;

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A program in a terminal of tmux, which draws what the program writes and tells what then stands on the screen. */
export class Terminal {
  private constructor(
    private readonly folder: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Runs a line of sh, below that line as a shell shows it. The server of tmux is this terminal's own. */
  static async start(line: string, { columns, rows, environment }: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal(await mkdtemp(join(tmpdir(), 'screen-')), environment);
    // The screen stays until it was read, whatever ends the program.
    const shown = shellQuote(`$ ${line}`, 'linux');
    const whole = `printf '%s\\n' ${shown}; trap : INT; ${line}; echo $? >'${terminal.ended}'; exec sleep 600`;
    const size = ['-x', String(columns), '-y', String(rows)];
    await terminal.tmux('-f', '/dev/null', 'new-session', '-d', ...size, '/bin/sh', '-c', whole);
    return terminal;
  }

  /** What stands there, what has scrolled away included, without blanks behind. */
  async screen(): Promise<string> {
    const text = await this.tmux('capture-pane', '-p', '-S', '-');
    return text
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** The first screen on which that stands. */
  async until(isThere: RegExp): Promise<string> {
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      const screen = await this.screen();
      if (isThere.test(screen)) return screen;
      await sleep(lookEveryMs);
    }
    throw new Error(`${String(isThere)} never came:\n${await this.screen()}`);
  }

  /** Waits for the end of the program. @returns its exit code */
  async exitCode(): Promise<number> {
    for (let waited = 0; waited < patienceMs; waited += lookEveryMs) {
      const text = await readFile(this.ended, 'utf8').catch(() => '');
      if (text !== '') return Number(text);
      await sleep(lookEveryMs);
    }
    throw new Error(`it never ended:\n${await this.screen()}`);
  }

  /** As tmux names keys: `C-c`, `Enter`, `y`. */
  async press(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  async close(): Promise<void> {
    await this.tmux('kill-server');
    await rm(this.folder, { recursive: true, force: true });
  }

  private get ended(): string {
    return join(this.folder, 'exit-code');
  }

  private async tmux(...words: string[]): Promise<string> {
    const socket = join(this.folder, 'tmux');
    const { stdout } = await run('tmux', ['-u', '-S', socket, ...words], { env: this.environment });
    return stdout;
  }
}
