import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HubEvent } from '../../src/events.js';
import { type AddRequest, addToManifest } from '../../src/operations/add-to-manifest.js';

let folder: string;
let told: HubEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'add-'));
  told = [];
});

afterEach(() => rm(folder, { recursive: true }));

function add(request: Partial<AddRequest> = {}, within = '.') {
  const options = { folder: join(folder, within), tell: (event: HubEvent) => void told.push(event) };
  return addToManifest({ source: 'hf:org/name', ...request }, options);
}

const manifest = () => join(folder, 'hub.toml');
const textOf = () => readFile(manifest(), 'utf8');

describe('a project without a hub.toml', () => {
  it('gets one in the working folder, with the mode of any new file', async () => {
    const result = await add();
    expect(result).toEqual({
      manifest: manifest(),
      added: true,
      entry: {
        repo: 'org/name',
        type: 'model',
        revision: 'main',
        paths: [],
        include: [],
        exclude: [],
        weights: { framework: 'all' },
      },
    });
    expect(await textOf()).toBe('[[repo]]\nsource = "hf:org/name"\n');
    await writeFile(join(folder, 'any'), '');
    expect((await stat(manifest())).mode).toBe((await stat(join(folder, 'any'))).mode);
  });

  it('gets none where the entry is wrong', async () => {
    await expect(add({ include: ['{1..9999}'] })).rejects.toMatchObject({ exitCode: 2 });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a hub.toml', () => {
  it('is found from below, and a folder is written as seen from it', async () => {
    await writeFile(manifest(), '# ours\n[defaults]\nexclude = ["*.md"] # no prose');
    await mkdir(join(folder, 'a/b'), { recursive: true });
    const { manifest: path, entry } = await add({ localDir: join(folder, 'a/b/opt') }, 'a/b');
    expect(path).toBe(manifest());
    expect(entry).toMatchObject({ exclude: ['*.md'], localDir: 'a/b/opt' });
    expect(await textOf()).toBe(
      '# ours\n[defaults]\nexclude = ["*.md"] # no prose\n\n[[repo]]\nsource = "hf:org/name"\nlocal-dir = "a/b/opt"\n',
    );
  });

  it('keeps its mode, and stays a link where it is one', async () => {
    await mkdir(join(folder, 'elsewhere'));
    const real = join(folder, 'elsewhere/file.toml');
    await writeFile(real, '');
    await chmod(real, 0o640);
    await symlink(real, manifest());
    await add();
    expect((await stat(real)).mode & 0o777).toBe(0o640);
    expect(await readFile(real, 'utf8')).toContain('org/name');
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['file.toml']);
  });

  it('is left alone where it asks for the same already, in whatever words', async () => {
    const text = '[[repo]]\nsource = "https://huggingface.co/org/name"\nrevision = "main"\ninclude = ["b", "a"]\n';
    await writeFile(manifest(), text);
    const { mtimeMs } = await stat(manifest());
    expect(await add({ include: ['a', 'b'] })).toMatchObject({ added: false, entry: { include: ['a', 'b'] } });
    expect(await textOf()).toBe(text);
    expect((await stat(manifest())).mtimeMs).toBe(mtimeMs);
    expect(told).toEqual([]);
  });

  it('gets a further entry for other files of a repo, which is told', async () => {
    await add({ paths: ['config.json'] });
    expect(await add({ revision: 'v2' })).toMatchObject({ added: true });
    expect(told).toMatchObject([
      {
        type: 'warning',
        code: 'repo-wanted-already',
        message: expect.stringContaining('[[repo]] 1 "hf:org/name"') as string,
      },
    ]);
  });

  it.each([
    ['a mistake', 'framwork = "auto"\n', {}, 'unknown key "framwork"'],
    ['no TOML', '[[repo]\n', {}, 'hub.toml:1:'],
    ['a list in one piece', 'repo = [{ source = "hf:org/other" }]\n', {}, 'a list in one piece'],
    [
      'another entry with that folder',
      '[[repo]]\nsource = "a/b"\nlocal-dir = "x"\n',
      { localDir: 'x' },
      'same local-dir',
    ],
    ['its folder below that one', '', { localDir: '../x' }, 'climbs out of its folder'],
    ['that folder as its own', '', { localDir: '.' }, "is hub.toml's own folder"],
  ])('that has %s is refused and left alone', async (_, text, { localDir }: { localDir?: string }, message) => {
    await writeFile(manifest(), text);
    const added = add(localDir === undefined ? {} : { localDir: join(folder, localDir) });
    await expect(added).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) as string });
    expect(await textOf()).toBe(text);
    expect(await readdir(folder)).toEqual(['hub.toml']);
  });
});
