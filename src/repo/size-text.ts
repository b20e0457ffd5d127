/** Decimal units, three digits: `999 B`, `1.23 kB`, `45.6 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB', 'TB']) {
    if (unit === 'B' ? value < 1000 : value < 999.5) {
      return `${unit === 'B' ? Math.round(value).toString() : threeDigits(value)} ${unit}`;
    }
    value /= 1000;
  }
  return `${threeDigits(value)} PB`;
}

/** `1.23`, `12.3`, `123`. */
export function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value.toFixed(value < 99.95 ? 1 : 0);
}
