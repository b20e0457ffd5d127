import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished, type TestContext } from 'vitest';
import { startHub, type Hub, type HubOptions } from '../../support/hub-server/server.js';
import { expectDocumented } from './expect-documented.js';
import { nodeUnderTest, programWords } from './program-under-test.js';
import { RunningProgram, type EndedProgram } from './running-program.js';

/** The running test; one of several that run at the same time must say which it is. */
type Running = Pick<TestContext, 'onTestFinished'>;

/** A hub for the running test. */
export async function serve(options: HubOptions, test: Running = { onTestFinished }): Promise<Hub> {
  const hub = await startHub(options);
  test.onTestFinished(() => hub.close());
  return hub;
}

/** A machine for the running test, whose user's environment leads to that hub. */
export async function newMachine(hub: Hub, test: Running = { onTestFinished }): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-e2e-'));
  const machine = new Machine(folder, hub);
  test.onTestFinished(async () => {
    await machine.shutDown();
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(machine.home);
  return machine;
}

/** An empty home, nothing in the environment that would lead the program elsewhere, and the installed program. */
export class Machine {
  readonly home: string;
  readonly hfHome: string;
  readonly environment: Record<string, string>;
  /** The words that start the program. */
  program: readonly string[] = programWords();
  /** Whose processes these are; the tests' own by default. Only root may choose. */
  userId: number | undefined;
  /** Their group; by default one of the user's own. */
  groupId: number | undefined;
  /** Where the program is called; by default a folder that has nothing to do with it. */
  workingDir: string | undefined;
  readonly #running = new Set<RunningProgram>();

  constructor(
    readonly folder: string,
    hub: Hub,
  ) {
    this.home = join(folder, 'home');
    this.hfHome = join(folder, 'hf');
    this.environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      USERPROFILE: this.home,
      HF_HOME: this.hfHome,
      HF_ENDPOINT: hub.endpoint,
    };
  }

  get cacheDir(): string {
    return this.environment['HF_HUB_CACHE'] ?? join(this.hfHome, 'hub');
  }

  /** The folder of a repo in the cache: `models--org--name`. */
  repo(id: string, type = 'model'): string {
    return join(this.cacheDir, `${type}s--${id.replaceAll('/', '--')}`);
  }

  start(...words: string[]): RunningProgram {
    return this.#spawn([...this.program, ...words]);
  }

  /** Runs it to its end. What it prints as JSON is judged by what is documented. */
  async run(...words: string[]): Promise<EndedProgram> {
    const ended = await this.start(...words).ended;
    expectDocumented(words, ended);
    return ended;
  }

  /** The same by a line of bash, in the user's home, where `hub` is the program. */
  shell(line: string): Promise<EndedProgram> {
    const quoted = this.program.map((word) => `'${word}'`).join(' ');
    const hub = `hub() { ${quoted} "$@"; }`;
    return this.#spawn(['/bin/bash', '-c', `${hub}; export -f hub; cd; ${line}`]).ended;
  }

  /** Another script instead of the program. */
  startNode(...words: string[]): RunningProgram {
    return this.#spawn([nodeUnderTest(), ...words]);
  }

  node(...words: string[]): Promise<EndedProgram> {
    return this.startNode(...words).ended;
  }

  async shutDown(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.killAndWait()));
  }

  #spawn(words: readonly string[]): RunningProgram {
    const user = this.userId === undefined ? {} : { uid: this.userId, gid: this.groupId ?? this.userId };
    const running = new RunningProgram(words, {
      env: this.environment,
      cwd: this.workingDir ?? inject('installedIn'),
      ...user,
    });
    this.#running.add(running);
    void running.ended.finally(() => this.#running.delete(running));
    return running;
  }
}
