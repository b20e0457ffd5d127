/**
 * The candidates that a person may have meant by `text`, best first: those that differ in case alone, those that end in
 * it as a path, then by edit distance.
 *
 * @param limit  at most so many
 */
export function nearest(text: string, candidates: Iterable<string>, limit = 3): string[] {
  if (text.length > maxLength) return [];
  const wanted = text.toLowerCase();
  // About one slip in three characters; in more, the likeness is chance.
  const worst = Math.max(1, Math.floor(wanted.length / 3));
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const name = candidate.toLowerCase();
    const distance = name.endsWith(`/${wanted}`) ? 0.5 : editDistance(wanted, name, worst);
    if (distance <= worst && candidate !== text) found.push({ candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Nobody mistypes a longer name by hand, and the work grows with the square of it. */
const maxLength = 256;

/**
 * Characters to insert, delete, replace or swap with their neighbour, to make `a` into `b` ("optimal string alignment").
 * Infinity where it is more than `worst`, which keeps a long listing cheap.
 */
function editDistance(a: string, b: string, worst: number): number {
  if (Math.abs(a.length - b.length) > worst) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > worst) return Infinity;
    beforeLast = last;
    last = row;
  }
  return at(last, b.length) > worst ? Infinity : at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
