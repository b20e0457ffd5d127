import { deviceOf, freeBytes } from '../../cache/disk-space.js';
import { DiskError, onDisk } from '../../cache/disk-errors.js';
import { formatBytes } from '../../repo/size-text.js';
import type { Wanted } from '../prepare.js';
import { folderOf } from '../download-answer.js';

/**
 * Compares what all repos together are to bring with what their disks have left, before the first byte: each by itself might
 * fit.
 *
 * @throws DiskError  naming what is missing
 */
export async function requireRoom(all: readonly Wanted[]): Promise<void> {
  const disks = new Map<number, { folder: string; needed: number }>();
  for (const wanted of all) {
    const folder = folderOf(wanted);
    const device = await onDisk(folder, () => deviceOf(folder));
    const disk = disks.get(device) ?? { folder, needed: 0 };
    disks.set(device, { ...disk, needed: disk.needed + wanted.plan.totals.bytesToWrite });
  }
  for (const { folder, needed } of disks.values()) {
    const free = await onDisk(folder, () => freeBytes(folder));
    if (needed <= free) continue;
    const message = `${folder}: ${formatBytes(needed)} are to come of all repos together, and ${formatBytes(free)} are free`;
    throw new DiskError('no-space', `${message}: ${formatBytes(needed - free)} too few`, {
      hint: 'Free some space ("hub cache ls --sort size", "hub cache gc"), or name another disk: --cache-dir, HF_HUB_CACHE.',
    });
  }
}
