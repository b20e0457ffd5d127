import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { isSystemError } from './disk-errors.js';

/**
 * Which process this is, so that another one on the same machine can prove that it is gone: a process number alone may
 * have been given to somebody else since. The last three are known on Linux only.
 */
export const processIdentitySchema = z.object({
  host: z.string(),
  pid: z.int().check(z.positive()),
  bootId: z.optional(z.string()),
  pidNamespace: z.optional(z.string()),
  startTime: z.optional(z.string()),
});

export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

export function ownIdentity(): ProcessIdentity {
  const bootId = read('/proc/sys/kernel/random/boot_id');
  const pidNamespace = ownPidNamespace();
  const startTime = startTimeOf(process.pid);
  return {
    host: hostname(),
    pid: process.pid,
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

/** True only where it is certain: same boot of the same machine, same process numbers, and that process is gone. */
export function isProvenDead(identity: ProcessIdentity): boolean {
  const { pid, startTime } = identity;
  return hasOwnNumbers(identity) && startTime !== undefined && isGone(pid, startTime);
}

/** The same of a process that is at work this moment. */
export function isProvenAlive(identity: ProcessIdentity): boolean {
  const { pid, startTime } = identity;
  return hasOwnNumbers(identity) && startTime !== undefined && startTimeOf(pid) === startTime;
}

function hasOwnNumbers({ bootId, pidNamespace }: ProcessIdentity): boolean {
  const own = ownIdentity();
  return (
    bootId !== undefined && bootId === own.bootId && pidNamespace !== undefined && pidNamespace === own.pidNamespace
  );
}

function isGone(pid: number, startTime: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return isSystemError(error, 'ESRCH');
  }
  const now = startTimeOf(pid);
  return now !== undefined && now !== startTime;
}

/**
 * In clock ticks since boot: field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold blanks. `gone` for a
 * process that has ended and whose parent has not looked yet; undefined where it can't be read.
 */
function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${String(pid)}/stat`);
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' || state === 'X' ? 'gone' : fields[18];
}

function ownPidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
