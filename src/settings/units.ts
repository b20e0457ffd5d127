const msPerUnit: Readonly<Record<string, number>> = {
  '': 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A time such as `90`, `1.5h` or `7d` (`s m h d w`, a bare number is seconds) in ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([smhdw]?)$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * (msPerUnit[match[2] ?? ''] ?? NaN);
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined;
}

const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * A size such as `500`, `1.5GB` or `64 MiB` in bytes; undefined for anything else. `k M G T` and `kB MB GB TB` are
 * decimal, `KiB MiB GiB TiB` binary, in any case of their letters.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgt]?)b?|([kmgt])(ib))$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, number, decimal, binary] = match;
  const power = powers[(decimal ?? binary ?? '').toLowerCase()] ?? NaN;
  const bytes = Math.round(Number(number) * (binary === undefined ? 1000 : 1024) ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
