import { readFileSync, realpathSync } from 'node:fs';

/**
 * Does the file system under a folder note when files are read? `relatime`, the default of Linux, notes it once a day,
 * which is enough. Elsewhere than on Linux it is taken for granted.
 */
export function keepsAccessTimes(folder: string): boolean {
  try {
    return notesReads(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(folder));
  } catch {
    return true;
  }
}

/** @param mounts  as in proc_pid_mountinfo(5): the fifth field is where it is mounted, the sixth its options */
export function notesReads(mounts: string, folder: string): boolean {
  let best = { place: '', options: [] as string[] };
  for (const line of mounts.split('\n')) {
    const [, , , , mounted = '', options = ''] = line.split(' ');
    const place = mounted.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
    const isAbove = place === '/' || folder === place || folder.startsWith(`${place}/`);
    // Of two at one place the later one hides the other.
    if (place !== '' && isAbove && place.length >= best.place.length) best = { place, options: options.split(',') };
  }
  return !best.options.includes('noatime') && !best.options.includes('ro');
}
