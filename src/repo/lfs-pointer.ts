/** What an LFS pointer says of the file that it stands for. */
export interface LfsPointer {
  /** sha-256, in hex. */
  readonly hex: string;
  /** Bytes. */
  readonly size: number;
}

/** Of a pointer, in bytes (git-lfs, docs/spec.md); the least is that of one with a size of one digit. */
export const pointerBytes = { least: 126, most: 1024 } as const;

/** Reads a pointer (git-lfs, docs/spec.md), be it with a checkout's CRLF; undefined for any other text. */
export function parsePointer(text: string): LfsPointer | undefined {
  const [version, ...lines] = text.split(/\r?\n/);
  if (version !== 'version https://git-lfs.github.com/spec/v1') return undefined;
  const values = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
  const hex = /^sha256:([0-9a-f]{64})$/.exec(values.get('oid') ?? '')?.[1];
  const size = Number(/^\d{1,16}$/.exec(values.get('size') ?? '')?.[0] ?? Number.NaN);
  return hex === undefined || !Number.isSafeInteger(size) ? undefined : { hex, size };
}
