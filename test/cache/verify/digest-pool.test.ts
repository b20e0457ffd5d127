import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DigestPool } from '../../../src/cache/verify/digest-pool.js';
import { Interrupted } from '../../../src/errors.js';

async function folderFor(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-digests-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function poolFor(signal = new AbortController().signal, threads = 2): DigestPool {
  const pool = new DigestPool(signal, threads);
  onTestFinished(() => pool.close());
  return pool;
}

describe('DigestPool', () => {
  it('computes sha-256, and the sha-1 that git gives to a blob, of files of any size', async () => {
    const folder = await folderFor();
    const pool = poolFor();
    const sizes = [0, 1, 524_287, 524_288, 524_289, 3_000_000];
    const reads = sizes.map(async (size) => {
      const bytes = Buffer.alloc(size, `${size}`);
      const path = join(folder, `${size}`);
      await writeFile(path, bytes);
      const file = { path, label: `${size}`, size };
      const sha256 = await pool.read({ ...file, algorithm: 'sha256' });
      const git = await pool.read({ ...file, algorithm: 'git-sha1' });
      expect(sha256).toMatchObject({ hex: createHash('sha256').update(bytes).digest('hex'), bytes: size, size });
      expect(git.hex).toBe(createHash('sha1').update(`blob ${size}\0`).update(bytes).digest('hex'));
    });
    await Promise.all(reads);
    expect(pool.bytesRead).toBe(2 * sizes.reduce((sum, size) => sum + size));
    expect(pool.active()).toEqual([]);
  });

  it('tells the system code of a file that it can not read, and reads on', async () => {
    const folder = await folderFor();
    const pool = poolFor();
    await writeFile(join(folder, 'there'), 'x');
    const file = { algorithm: 'sha256', label: 'x', size: 1 } as const;
    await expect(pool.read({ ...file, path: join(folder, 'gone') })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(pool.read({ ...file, path: folder })).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(pool.read({ ...file, path: join(folder, 'there') })).resolves.toMatchObject({ bytes: 1 });
  });

  it('ends at once in the middle of huge files, with the reason of its signal, and begins no other', async () => {
    const folder = await folderFor();
    const controller = new AbortController();
    const pool = poolFor(controller.signal);
    const size = 1e12;
    const path = join(folder, 'huge');
    await writeFile(path, '');
    await truncate(path, size);
    await utimes(path, 1, 1);
    const reads = [1, 2, 3].map(() => pool.read({ path, algorithm: 'sha256', label: 'huge', size }));
    const ended = Promise.allSettled(reads);
    while (pool.bytesRead < 1_000_000) await setTimeout(5);
    expect(pool.active()).toHaveLength(2);
    controller.abort(new Interrupted());
    for (const outcome of await ended) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'interrupted' } });
    }
    await expect(pool.read({ path, algorithm: 'sha256', label: 'huge', size })).rejects.toThrow(Interrupted);
  });
});
