import { describe, expect, it } from 'vitest';
import { keepsAccessTimes, notesReads } from '../../src/cache/access-times.js';

/** proc_pid_mountinfo(5) */
const mounts = [
  '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '23 22 8:2 / /data rw,noatime shared:2 - xfs /dev/sdb1 rw',
  '24 23 8:3 / /data/my\\040models rw,relatime - ext4 /dev/sdc1 rw',
  '25 22 8:4 / /archive ro,relatime - ext4 /dev/sdd1 ro',
  '26 22 8:5 / /twice rw,noatime - ext4 /dev/sde1 rw',
  '27 22 8:6 / /twice rw,relatime - ext4 /dev/sdf1 rw',
].join('\n');

describe('whether reads are noted', () => {
  it.each([
    ['/home/me/hub', true],
    ['/data', false],
    ['/data/hub', false],
    ['/database/hub', true],
    ['/data/my models/hub', true],
    ['/archive/hub', false],
    ['/twice/hub', true],
  ])('%s: %s', (folder, expected) => {
    expect(notesReads(mounts, folder)).toBe(expected);
  });

  it('of a folder that is not there is taken for granted', () => {
    expect(keepsAccessTimes('/no/such/folder')).toBe(true);
  });
});
