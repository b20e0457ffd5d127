import { type Stats, closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { ExitCode, HubError } from '../errors.js';

/** The disk refused: full, read-only, no permission, a name that it can't hold. */
export class DiskError extends HubError {
  readonly exitCode = ExitCode.disk;

  constructor(
    readonly code:
      'no-space' | 'read-only' | 'no-permission' | 'foreign-link' | 'in-the-way' | 'unstorable-name' | 'disk',
    message: string,
    options: { hint?: string; cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Runs something that touches the disk; what the system says against it comes out as a DiskError. */
export async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw asDiskError(error, path);
  }
}

/** A system error as a DiskError that names path and cure; anything else as it is. */
export function asDiskError(error: unknown, path: string): unknown {
  if (error instanceof HubError || !hasErrorCode(error)) return error;
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskError('no-space', `${path}: no space left${error.code === 'EDQUOT' ? ' in your quota' : ''}`, {
        hint:
          'Free some space ("hub cache ls --sort size" tells what the cache takes), then run the same command: it goes on ' +
          'from what is there.',
        cause: error,
      });
    case 'EROFS':
      return new DiskError('read-only', `${path}: the file system is read-only`, {
        hint: 'Name a folder that can be written with --cache-dir, HF_HUB_CACHE or --local-dir.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new DiskError('no-permission', `${path}: no permission${ownerOf(path)}`, {
        hint: 'Ask its owner for write permission, or name another folder with --cache-dir, HF_HUB_CACHE or --local-dir.',
        cause: error,
      });
    case 'ENAMETOOLONG':
      return new DiskError('unstorable-name', `${path}: the name is too long for this file system`, { cause: error });
    case 'EMFILE':
    case 'ENFILE':
      return new DiskError('disk', `${path}: too many open files: ${whose(error.code)} limit is reached`, {
        hint: 'Raise the limit (ulimit -n), or take fewer connections (--concurrency); then run the same command.',
        cause: error,
      });
    case 'EXDEV':
      return new DiskError('disk', `${path}: ${movedBetween(error)} are on different file systems`, {
        hint: 'The folders of one repo must be on one file system: move the whole repo, or put no link or mount in it.',
        cause: error,
      });
    case 'EIO':
    case 'ENODEV':
    case 'ENXIO':
    case 'ESTALE':
    case 'ENOTCONN':
    case 'ESHUTDOWN':
    case 'EHOSTDOWN':
      return new DiskError('disk', `${path}: the disk fails, or is gone: ${error.message}`, {
        hint: 'Look whether it is mounted and sound, then run the same command: it goes on from what is there.',
        cause: error,
      });
    case 'ENOENT':
    case 'EEXIST':
      return error;
    default:
      return new DiskError('disk', `${path}: ${error.message}`, { cause: error });
  }
}

/** Why the system refused a path, in a few words that go behind its name. */
export function reasonOf(error: unknown, path: string): string {
  if (isSystemError(error, 'ENOENT')) return 'not there';
  const told = asDiskError(error, path);
  return told instanceof Error ? told.message.replace(`${path}: `, '') : String(told);
}

/** May this process read a file? Opened, since access(2) asks for another user where ids were changed. */
export function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** A file that another user keeps to himself: whose it is, and what he can do about it. */
export function unreadableFile(path: string, cause?: unknown): unknown {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    return asDiskError(cause, path);
  }
  const owner = ownerName(stats.uid);
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const isInGroup = process.getegid?.() === stats.gid || process.getgroups?.().includes(stats.gid) === true;
  return new DiskError('no-permission', `${path}: you may not read it: it belongs to ${owner}, mode ${mode}`, {
    hint:
      `Ask ${owner} to run "chmod ${isInGroup ? 'g+r' : 'o+r'}" on it. A umask of 022, or a cache folder that is open to ` +
      'your group ("chmod 2775" on it), keeps this from happening again.',
    cause,
  });
}

/** True for an error of the system with one of these codes (`ENOENT`, …). */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return hasErrorCode(error) && codes.includes(error.code);
}

/** For what is cleared away: what belongs to another user stays, and does no harm. */
export function tolerateForeign(error: unknown): void {
  if (!isSystemError(error, 'EACCES', 'EPERM')) throw error;
}

function hasErrorCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}

function whose(code: string): string {
  return code === 'EMFILE' ? "this process's" : "this machine's";
}

/** Both places of a rename, as Node tells them. */
function movedBetween(error: Error & { path?: string; dest?: string }): string {
  return error.path === undefined || error.dest === undefined ? error.message : `${error.path} and ${error.dest}`;
}

/** Whose the path is, or the folder in which it could not be made. */
function ownerOf(path: string, nearest = path): string {
  try {
    const { uid } = statSync(nearest);
    const me = userInfo();
    const it = nearest === path ? 'it' : nearest;
    return uid === me.uid
      ? ` (${it} is your own: chmod u+w)`
      : ` (${it} belongs to ${ownerName(uid)}, you are ${me.username})`;
  } catch {
    const parent = dirname(nearest);
    return parent === nearest ? '' : ownerOf(path, parent);
  }
}

/** Of a user, as far as this machine's own file of them tells (passwd(5)). */
export function ownerName(uid: number): string {
  try {
    const users = readFileSync('/etc/passwd', 'utf8').split('\n');
    const name = users.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0];
    return name ?? `user ${String(uid)}`;
  } catch {
    return `user ${String(uid)}`;
  }
}
