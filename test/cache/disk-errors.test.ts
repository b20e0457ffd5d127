import { chmodSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DiskError, asDiskError, isSystemError, onDisk } from '../../src/cache/disk-errors.js';
import { ExitCode, Interrupted } from '../../src/errors.js';
import { asNobody, workplace } from './support.js';

const place = workplace();

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it says no`), { code });
}

describe('asDiskError', () => {
  it.each([
    ['ENOSPC', 'no-space', /no space left$/],
    ['EDQUOT', 'no-space', /in your quota/],
    ['EROFS', 'read-only', /read-only/],
    ['EACCES', 'no-permission', /no permission/],
    ['EPERM', 'no-permission', /no permission/],
    ['ENAMETOOLONG', 'unstorable-name', /too long/],
    ['EIO', 'disk', /EIO/],
    ['ESTALE', 'disk', /is gone: ESTALE/],
    ['ENOTCONN', 'disk', /is gone: ENOTCONN/],
    ['ENODEV', 'disk', /is gone: ENODEV/],
    ['ENXIO', 'disk', /is gone: ENXIO/],
    ['EMFILE', 'disk', /too many open files: this process's limit/],
    ['ENFILE', 'disk', /too many open files: this machine's limit/],
    ['EXDEV', 'disk', /on different file systems/],
    ['EFBIG', 'disk', /EFBIG/],
  ])('tells %s as %s, naming the path', (code, word, message) => {
    const cause = systemError(code);
    const error = asDiskError(cause, '/cache/models--a');
    expect(error).toBeInstanceOf(DiskError);
    expect(error).toMatchObject({ code: word, exitCode: ExitCode.disk, cause });
    expect(String(error)).toContain('/cache/models--a');
    expect(String(error)).toMatch(message);
  });

  it('leaves alone what is no refusal of the disk', () => {
    const errors = [
      systemError('ENOENT'),
      systemError('EEXIST'),
      systemError('ERR_INVALID_ARG_TYPE'),
      systemError('ABORT_ERR'),
      new Interrupted(),
      new TypeError('a defect'),
      'text',
    ];
    for (const error of errors) expect(asDiskError(error, '/cache')).toBe(error);
  });

  it('names both places that are on different file systems', () => {
    const cause = Object.assign(systemError('EXDEV'), { path: '/cache/bytes', dest: '/other/blob' });
    expect(String(asDiskError(cause, '/cache'))).toContain('/cache/bytes and /other/blob');
  });

  it('names the owner and the cure, also for what could not even be made', async () => {
    const closed = join(place.folder, 'closed');
    mkdirSync(closed);
    chmodSync(place.folder, 0o755);
    chmodSync(closed, 0o555);
    const path = join(closed, 'models--a', 'blobs');
    const failed = asNobody(() => onDisk(path, () => mkdir(path, { recursive: true })));
    await expect(failed).rejects.toMatchObject({
      code: 'no-permission',
      hint: expect.stringMatching(/--cache-dir/) as string,
    });
    await expect(failed).rejects.toThrow(/belongs to \w+, you are \w+|is your own: chmod u\+w/);
  });
});

describe('onDisk', () => {
  it('gives what the action gives', async () => {
    expect(await onDisk('/cache', () => Promise.resolve(7))).toBe(7);
  });

  it('turns what the system says into a DiskError', async () => {
    await expect(onDisk('/cache', () => Promise.reject(systemError('ENOSPC')))).rejects.toBeInstanceOf(DiskError);
  });
});

describe('isSystemError', () => {
  it('knows the codes', () => {
    expect(isSystemError(systemError('ENOENT'), 'EEXIST', 'ENOENT')).toBe(true);
    expect(isSystemError(systemError('ENOENT'), 'EEXIST')).toBe(false);
    expect(isSystemError({ code: 'ENOENT' }, 'ENOENT')).toBe(false);
  });
});
