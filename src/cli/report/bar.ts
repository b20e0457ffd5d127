const longestBar = 40;

export function barOf(done: number, total: number, width: number): string {
  const length = Math.min(width, longestBar);
  const full = total === 0 ? length : Math.floor((Math.min(done, total) / total) * length);
  return '█'.repeat(full) + '░'.repeat(length - full);
}

/** Whole percents, 100 only when nothing is missing. */
export function percentage(done: number, total: number): number {
  return total === 0 ? 100 : Math.floor((Math.min(done, total) / total) * 100);
}
