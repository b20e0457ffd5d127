import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

export interface EndedProgram {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A process of a test, and what it has said so far. */
export class RunningProgram {
  stdout = '';
  stderr = '';
  readonly ended: Promise<EndedProgram>;
  readonly #child: ChildProcess;
  readonly #onOutput = new Set<() => void>();

  constructor(words: readonly string[], options: Pick<SpawnOptions, 'env' | 'cwd' | 'uid' | 'gid'>) {
    const [command = '', ...rest] = words;
    const startedMs = performance.now();
    const child = spawn(command, rest, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#told();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#told();
    });
    this.ended = once(child, 'close').then(([exitCode, signal]: (number | NodeJS.Signals | null)[]) => ({
      exitCode: exitCode as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
      seconds: (performance.now() - startedMs) / 1000,
    }));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start');
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL: the process has no say in it. */
  killAndWait(): Promise<EndedProgram> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /** Resolves when the process has said that on stderr. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!pattern.test(this.stderr)) return;
        this.#onOutput.delete(look);
        resolve();
      };
      this.#onOutput.add(look);
      void this.ended.then(() => reject(new Error(`ended without ${String(pattern)}: ${this.stderr}`)));
      look();
    });
  }

  #told(): void {
    for (const look of this.#onOutput) look();
  }
}
