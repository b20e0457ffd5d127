import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import type { ListedFile } from '../../src/repo/listing.js';
import { NothingSelected, NotInRepo, select, type Filters } from '../../src/selection/selection.js';

const repo = [
  '.gitattributes',
  'README.md',
  'config.json',
  'model.safetensors',
  'onnx/model.onnx',
  'onnx/sub/extra.bin',
  'onnxruntime.txt',
  'sub/tf_model.h5',
  'tf_model.h5',
  'weird[1].json',
];

const filesOf = (paths: readonly string[]): ListedFile[] =>
  paths.map((path, index) => {
    const hex = index.toString(16).padStart(40, '0');
    return { path, size: 1, digest: { algorithm: 'git-sha1', hex }, gitOid: hex };
  });

function pick(filters: Partial<Filters>, paths = repo): string[] {
  return run(filters, paths).files.map(({ path }) => path);
}

function run(filters: Partial<Filters>, paths = repo): ReturnType<typeof select> {
  return select(filesOf(paths), { paths: [], include: [], exclude: [], ...filters }, 'org/name');
}

describe('select', () => {
  it('takes all without a filter, and of an empty repo nothing', () => {
    expect(pick({})).toEqual(repo);
    expect(pick({}, [])).toEqual([]);
  });

  it('excludes in every folder', () => {
    expect(pick({ exclude: ['*.h5'] })).toEqual(repo.filter((path) => !path.endsWith('.h5')));
  });

  it('adds up paths and includes, in the order of the listing', () => {
    expect(pick({ paths: ['tf_model.h5', 'README.md'], include: ['*.json'] })).toEqual([
      'README.md',
      'config.json',
      'tf_model.h5',
      'weird[1].json',
    ]);
  });

  it('lets an exclude win over a path and an include', () => {
    expect(pick({ paths: ['config.json', 'README.md'], include: ['*.h5'], exclude: ['config.*', 'sub/'] })).toEqual([
      'README.md',
      'tf_model.h5',
    ]);
  });

  it.each(['onnx', 'onnx/', './onnx', 'onnx\\'])(
    'takes the folder %j with all below, and nothing beside it',
    (path) => {
      expect(pick({ paths: [path] })).toEqual(['onnx/model.onnx', 'onnx/sub/extra.bin']);
    },
  );

  it.each(['onnx/model.onnx', './onnx/model.onnx', 'onnx\\model.onnx'])('takes the file %j', (path) => {
    expect(pick({ paths: [path] })).toEqual(['onnx/model.onnx']);
  });

  it('takes a file whose name looks like a pattern', () => {
    const { files, warnings } = run({ paths: ['weird[1].json'] });
    expect(files.map(({ path }) => path)).toEqual(['weird[1].json']);
    expect(warnings).toEqual([]);
  });

  it('takes a path that is a pattern for one, and says so', () => {
    const { files, warnings } = run({ paths: ['*.h5'] });
    expect(files.map(({ path }) => path)).toEqual(['sub/tf_model.h5', 'tf_model.h5']);
    expect(warnings).toEqual([expect.objectContaining({ code: 'path-is-pattern' })]);
  });

  it('warns of a pattern that matches nothing, with the nearest names', () => {
    expect(run({ include: ['*.json', '*.h6'], exclude: ['readme.md'] }).warnings).toEqual([
      { code: 'pattern-matches-nothing', message: 'the pattern "*.h6" matches no file', hint: 'Nearest: *.h5' },
      {
        code: 'pattern-matches-nothing',
        message: 'the pattern "readme.md" matches no file',
        hint: 'Nearest: README.md',
      },
    ]);
  });

  it('does not warn of an exclude that only meets files which are not wanted anyway', () => {
    expect(run({ include: ['*.json'], exclude: ['*.h5'] }).warnings).toEqual([]);
  });

  it('names every path that is not there, with the nearest names', () => {
    const wrong = (): unknown => run({ paths: ['confg.json', 'README.md', 'nowhere'] });
    expect(wrong).toThrow(NotInRepo);
    expect(wrong).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.notFound,
        paths: ['confg.json', 'nowhere'],
        hint: 'Nearest: config.json',
        message: 'org/name has no file or folder "confg.json", "nowhere"',
      }),
    );
  });

  it.each([
    [{ include: ['*.gguf'] }, 'none matches "*.gguf"'],
    [{ paths: ['*.gguf'] }, 'none matches "*.gguf"'],
    [{ exclude: ['*'] }, 'excluded by "*"'],
    [{ paths: ['config.json'], exclude: ['*.json'] }, 'excluded by "*.json"'],
  ])('fails where %j leaves nothing', (filters, message) => {
    expect(() => run(filters)).toThrow(NothingSelected);
    expect(() => run(filters)).toThrow(message);
    expect(() => run(filters)).toThrow(expect.objectContaining({ exitCode: ExitCode.notFound }));
  });

  it('fails where an empty repo is filtered', () => {
    expect(() => run({ include: ['*'] }, [])).toThrow('org/name: nothing is selected, since it has no files');
  });
});
