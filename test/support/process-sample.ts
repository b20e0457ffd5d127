import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What a process holds at a moment, as Linux tells it. */
export interface ProcessSample {
  /** Resident memory, in bytes. */
  readonly memory: number;
  /** Open descriptors, those of sockets included. */
  readonly descriptors: number;
  readonly sockets: number;
}

export function sampleProcess(pid: number): ProcessSample {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((descriptor) => targetOf(`${folder}/${descriptor}`));
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { memory: Number(kibibytes) * 1024, descriptors: targets.length, sockets };
}

/** It may have been closed since. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
