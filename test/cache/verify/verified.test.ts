import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CacheFiles } from '../../../src/cache/files.js';
import { repoLayout } from '../../../src/cache/layout.js';
import { VerifiedRecord } from '../../../src/cache/verify/verified.js';

const digest = { algorithm: 'sha256', hex: 'a'.repeat(64) } as const;
const content = { size: 10, inode: '7:42', links: 1, modifiedMs: 1234.5678, accessedMs: 1 };

async function prepare() {
  const cacheDir = await mkdtemp(join(tmpdir(), 'hub-verified-'));
  onTestFinished(() => rm(cacheDir, { recursive: true, force: true }));
  const layout = repoLayout(cacheDir, { type: 'model', name: 'org/name' });
  return { layout, files: new CacheFiles(cacheDir), blob: join(layout.blobs, digest.hex) };
}

describe('VerifiedRecord', () => {
  it('knows in a later run what was right, as long as it looks the same', async () => {
    const { layout, files, blob } = await prepare();
    const first = await VerifiedRecord.read(layout);
    expect(first.isUntouched(blob, digest, content)).toBe(false);
    first.add(blob, digest, content);
    await first.write(files, [blob]);
    const second = await VerifiedRecord.read(layout);
    expect(second.isUntouched(blob, digest, content)).toBe(true);
    // A device's number is another after each mount.
    expect(second.isUntouched(blob, digest, { ...content, inode: '9:42' })).toBe(true);
    for (const change of [{ size: 11 }, { modifiedMs: 1234.5679 }, { inode: '7:43' }]) {
      expect(second.isUntouched(blob, digest, { ...content, ...change })).toBe(false);
    }
    second.forget(blob);
    await second.write(files, [blob]);
    expect((await VerifiedRecord.read(layout)).isUntouched(blob, digest, content)).toBe(false);
  });

  it('forgets files that are gone', async () => {
    const { layout, files, blob } = await prepare();
    const record = await VerifiedRecord.read(layout);
    record.add(blob, digest, content);
    await record.write(files, []);
    expect(await readFile(layout.verified, 'utf8')).not.toContain(digest.hex);
  });

  it.each([
    { name: 'one of a later version, which stays', text: '{"format":2,"files":{"x":1}}', stays: true },
    { name: 'one that is no JSON, which is replaced', text: '{"form', stays: false },
  ])('takes for absent $name', async ({ text, stays }) => {
    const { layout, files, blob } = await prepare();
    await mkdir(join(layout.root, '.hub'), { recursive: true });
    await writeFile(layout.verified, text);
    const record = await VerifiedRecord.read(layout);
    record.add(blob, digest, content);
    await record.write(files, [blob]);
    expect((await readFile(layout.verified, 'utf8')) === text).toBe(stays);
  });
});
