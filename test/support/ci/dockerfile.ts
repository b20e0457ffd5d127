/** An instruction of a Dockerfile, as far as the recipes use them. */
export type Instruction =
  | { readonly kind: 'from'; readonly stage: string }
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env'; readonly variables: Readonly<Record<string, string>> }
  | {
      readonly kind: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly kind: 'run'; readonly mounts: readonly Mount[]; readonly line: string };

export type Mount =
  | { readonly type: 'cache'; readonly target: string }
  /** `target` is where Docker puts a secret that names none. */
  | { readonly type: 'secret'; readonly id: string; readonly target: string };

/** @throws Error  an instruction or a flag that it does not know: what is not understood is not imitated either */
export function readDockerfile(text: string): Instruction[] {
  const logical = text.replace(/\\\n\s*/g, '').split('\n');
  return logical.filter((line) => line.trim() !== '' && !line.startsWith('#')).map(instructionOf);
}

function instructionOf(line: string): Instruction {
  const [, name = '', words = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
  switch (name) {
    case 'FROM':
      return { kind: 'from', stage: / AS (\S+)$/.exec(words)?.[1] ?? '' };
    case 'WORKDIR':
      return { kind: 'workdir', path: words };
    case 'ENV': {
      const pairs = words.split(' ').map((word) => word.split('=', 2));
      return { kind: 'env', variables: Object.fromEntries(pairs) as Record<string, string> };
    }
    case 'COPY': {
      const { flags, rest } = flagsOf(words);
      const paths = rest.split(' ');
      return { kind: 'copy', from: flags.get('from'), sources: paths.slice(0, -1), to: paths.at(-1) ?? '' };
    }
    case 'RUN':
      return runOf(words);
    default:
      throw new Error(`not understood: ${line}`);
  }
}

function runOf(words: string): Instruction {
  const mounts: Mount[] = [];
  let line = words;
  for (let found = mountFlag.exec(line); found !== null; found = mountFlag.exec(line)) {
    const options = new Map((found[1] ?? '').split(',').map((pair): [string, string] => split(pair)));
    mounts.push(mountOf(options));
    line = line.slice(found[0].length);
  }
  return { kind: 'run', mounts, line };
}

const mountFlag = /^--mount=(\S+) +/;

function mountOf(options: ReadonlyMap<string, string>): Mount {
  const [type, id, target] = ['type', 'id', 'target'].map((name) => options.get(name));
  if (type === 'cache' && target !== undefined && options.size === 2) return { type, target };
  if (type === 'secret' && id !== undefined && options.size === 2) return { type, id, target: `/run/secrets/${id}` };
  throw new Error(`a mount that is not understood: ${[...options.keys()].join(' ')}`);
}

function flagsOf(words: string): { flags: ReadonlyMap<string, string>; rest: string } {
  const all = words.split(' ');
  const flags = all.filter((word) => word.startsWith('--'));
  return {
    flags: new Map(flags.map((flag) => split(flag.slice(2)))),
    rest: all.filter((word) => !word.startsWith('--')).join(' '),
  };
}

function split(pair: string): [string, string] {
  const [name = '', value = ''] = pair.split('=', 2);
  return [name, value];
}
