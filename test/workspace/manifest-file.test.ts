import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NoManifest, findManifest, readProject } from '../../src/workspace/manifest-file.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), content);
  return join(folder, path);
}

test('the nearest hub.toml counts, in the folder itself or above it', async () => {
  const outer = await put('hub.toml', '');
  const inner = await put('a/b/hub.toml', '');
  await mkdir(join(folder, 'a/b/c/d'), { recursive: true });
  expect(await findManifest(join(folder, 'a/b/c/d'))).toBe(inner);
  expect(await findManifest(join(folder, 'a/b'))).toBe(inner);
  expect(await findManifest(join(folder, 'a'))).toBe(outer);
});

test('a folder of that name is none, a link to a file is one', async () => {
  const outer = await put('hub.toml', '');
  await mkdir(join(folder, 'a/hub.toml'), { recursive: true });
  expect(await findManifest(join(folder, 'a'))).toBe(outer);
  await mkdir(join(folder, 'b'));
  await symlink(outer, join(folder, 'b/hub.toml'));
  expect(await findManifest(join(folder, 'b'))).toBe(join(folder, 'b/hub.toml'));
});

test('a project is read with its text as it stands', async () => {
  const text = '\uFEFF[[repo]]\r\nsource = "org/name"';
  const path = await put('hub.toml', text);
  const project = await readProject(folder);
  expect(project).toMatchObject({ path, text, manifest: { entries: [{ repo: { name: 'org/name' } }] } });
});

test('no hub.toml anywhere: exit code 2, and how to make one', async () => {
  const error = await readProject(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NoManifest);
  expect(error).toMatchObject({ code: 'no-manifest', exitCode: 2, hint: expect.stringContaining('hub add') as string });
});

test('what is wrong in it is told with its path', async () => {
  const path = await put('hub.toml', '[[repo]]\n');
  await expect(readProject(folder)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(path) as string,
  });
});

test('bytes that are no text are refused', async () => {
  await put('hub.toml', Uint8Array.of(0x23, 0xe9, 0x0a));
  await expect(readProject(folder)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('UTF-8') as string,
  });
});
