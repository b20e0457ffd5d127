/** A size for a message, in decimal units: `4.4 GB`, `980 kB`. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e8) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e5 ? `${(bytes / 1e6).toFixed(1)} MB` : `${String(Math.ceil(bytes / 1000))} kB`;
}
