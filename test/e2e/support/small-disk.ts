import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { onTestFinished, type TestContext } from 'vitest';

const run = promisify(execFile);

/** Mounts an empty file system of that size over `folder`, for the running test; skips it where we have no right to. */
export async function mountDisk(folder: string, bytes: number, { skip }: TestContext): Promise<void> {
  await mkdir(folder, { recursive: true });
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  skip(!isMounted, 'SKIPPED: no right to mount a small disk here');
  onTestFinished(async () => {
    // A test may have taken it away itself.
    await run('umount', ['--lazy', folder]).catch(() => undefined);
  });
}

export async function remountReadOnly(folder: string): Promise<void> {
  await run('mount', ['-o', 'remount,ro', folder]);
}

/** Takes the disk away although somebody has files open there: from then on its paths lead to what is below it. */
export async function detach(folder: string): Promise<void> {
  await run('umount', ['--lazy', folder]);
}
