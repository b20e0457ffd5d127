import { closeSync, openSync, readSync } from 'node:fs';

/** aria2 keeps one beside each file that it has not finished, and which may have its full size from the first moment. */
export function aria2ControlOf(path: string): string {
  return `${path}.aria2`;
}

/** By its version, 0 or 1 in two bytes (aria2's manual, "Control File"). */
export function isAria2Control(path: string): boolean {
  const version = Buffer.alloc(2);
  try {
    const descriptor = openSync(path, 'r');
    try {
      return readSync(descriptor, version, 0, 2, 0) === 2 && version.readUInt16BE(0) <= 1;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
