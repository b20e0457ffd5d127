import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';
import { installing } from '../../support/ci/recipes.js';
import { readDockerfile, type Instruction, type Mount } from '../../support/ci/dockerfile.js';
import type { Machine } from './machine.js';

export interface BuildOptions {
  readonly machine: Machine;
  /** What is sent to the build. */
  readonly context: string;
  /** Where the stages are made, each with a folder that stands for its `/`. */
  readonly into: string;
  /** What build mounts of the type cache keep. */
  readonly mounts: string;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Image {
  /** Stands for `/` of the last stage. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Does what `docker build` would, with folders for the stages. Programs are those of the machine. */
export async function build(dockerfile: string, options: BuildOptions): Promise<Image> {
  const instructions = readDockerfile(dockerfile);
  let stage = new Stage('', options);
  for (const instruction of instructions) {
    if (instruction.kind === 'from') {
      stage = new Stage(join(options.into, instruction.stage === '' ? 'last' : instruction.stage), options);
      await mkdir(join(stage.root, 'root'), { recursive: true });
    } else await stage.take(instruction);
  }
  return { root: stage.root, environment: stage.environment };
}

class Stage {
  readonly environment: Record<string, string> = {};
  #workdir = '/';

  constructor(
    readonly root: string,
    private readonly options: BuildOptions,
  ) {}

  async take(instruction: Exclude<Instruction, { kind: 'from' }>): Promise<void> {
    switch (instruction.kind) {
      case 'workdir':
        this.#workdir = instruction.path;
        await mkdir(this.#here(instruction.path), { recursive: true });
        break;
      case 'env':
        for (const [name, value] of Object.entries(instruction.variables)) {
          this.environment[name] = value.startsWith('/') ? this.#here(value) : value;
        }
        break;
      case 'copy': {
        const { from, sources, to } = instruction;
        const source = from === undefined ? this.options.context : join(this.options.into, from);
        for (const name of sources) {
          const target = sources.length > 1 || to.endsWith('/') ? join(this.#here(to), name) : this.#here(to);
          await cp(join(source, name), target, { recursive: true, verbatimSymlinks: true });
        }
        break;
      }
      case 'run':
        if (instruction.line !== installing) await this.#run(instruction);
    }
  }

  async #run({ mounts, line }: Extract<Instruction, { kind: 'run' }>): Promise<void> {
    for (const mount of mounts) await this.#mount(mount);
    const here = line.replace(/(?<=^|[\s=])\/(?=\w)/g, `${this.root}/`);
    const variables = Object.entries(this.environment).map(([name, value]) => `export ${name}='${value}'; `);
    const whole = `export HOME='${this.root}/root'; ${variables.join('')}cd '${this.#here(this.#workdir)}'; ${here}`;
    const { exitCode, stderr } = await this.options.machine.shell(whole);
    expect(exitCode, `RUN ${line}\n${stderr}`).toBe(0);
    for (const { target } of mounts) await rm(this.#here(target));
  }

  async #mount(mount: Mount): Promise<void> {
    const target = this.#here(mount.target);
    await mkdir(dirname(target), { recursive: true });
    if (mount.type === 'secret') {
      const secret = this.options.secrets[mount.id];
      if (secret === undefined) throw new Error(`no secret ${mount.id}`);
      return writeFile(target, secret);
    }
    const kept = join(this.options.mounts, mount.target);
    await mkdir(kept, { recursive: true });
    return symlink(kept, target);
  }

  #here(path: string): string {
    return join(this.root, resolve(this.#workdir, path));
  }
}
