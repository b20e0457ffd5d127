import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';

const installedIn = inject('installedIn');
const packageFolder = join(installedIn, 'node_modules', 'model-hub-cli');

describe('the package', () => {
  test('holds the program, its types and its papers, and no source or test', async () => {
    const files = await filesBelow(packageFolder);
    const expected = [
      /^(package\.json|README(\.zh-CN)?\.md|CHANGELOG\.md|LICENSE)$/,
      /^bin\/hub\.js$/,
      /^dist\/(cli|index|chunks\/[\w-]+)\.js$/,
      /^dist\/types\/.*\.d\.ts$/,
      /^dist\/THIRD-PARTY-NOTICES\.md$/,
      /^docs\/(commands\/)?[\w-]+\.md$/,
      /^docs\/hub-toml\.schema\.json$/,
    ];
    expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(expected.filter((pattern) => !files.some((file) => pattern.test(file)))).toEqual([]);
  });

  test('brings no other package, and the licence of each whose code is inside', async () => {
    const packages = (await readdir(join(installedIn, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(packages).toEqual(['model-hub-cli']);
    const notices = await readFile(join(packageFolder, 'dist', 'THIRD-PARTY-NOTICES.md'), 'utf8');
    const sections = [...notices.matchAll(/^## (\S+) [^\n]*\n\n```text\n(.*?)^```$/gms)];
    const names = sections.map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['commander', 'minimatch', 'undici', 'zod']));
    for (const [, name, licence] of sections) expect(licence, name).toMatch(/permission|redistribution/i);
  });

  test('has types that are complete and name no package that is not there', async () => {
    const missing: string[] = [];
    const seen = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) missing.push(relative(packageFolder, file));
      for (const [, imported = ''] of text?.matchAll(/(?:from |import\()'([^']+)'/g) ?? []) {
        if (imported.startsWith('.')) await visit(join(dirname(file), imported.replace(/\.js$/, '.d.ts')));
        else if (!imported.startsWith('node:')) missing.push(`${imported} in ${relative(packageFolder, file)}`);
      }
    };
    await visit(join(packageFolder, 'dist', 'types', 'index.d.ts'));
    expect(missing).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });

  test.each(['hub', 'model-hub'])('is installed as %s', async (name) => {
    const shell = process.platform === 'win32';
    const command = join(installedIn, 'node_modules', '.bin', name);
    const { stdout } = await promisify(execFile)(command, ['--version'], { shell });
    const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    expect(stdout).toBe(`${version}\n`);
  });
});

/** Paths with `/`, relative to the folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
